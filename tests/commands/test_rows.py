"""The stored rows of the language model: small, readable without it, and what the model says."""

import numpy as np
import pytest

from backstage.commands import rows
from helpers.numerics import softmax


def test_stored_rows_say_what_their_readme_says():
    with np.load(rows.PATH) as stored:
        p = softmax(stored["capital_scores"].astype(float))
        weights = softmax(stored["head_scores"])
        assert [*np.argsort(-p)[:3]] == [*stored["capital_leaders"][:3]] and stored["capital_words"][
            0
        ] == " Paris"
        assert "".join(stored["tale_words"]) == rows.TALE and "".join(stored["animal_words"]) == rows.ANIMALS
        assert p.max() == pytest.approx(0.773, abs=2e-3)
        assert stored["tale_surprises"].mean() == pytest.approx(2.516, abs=2e-3)
        assert [int(row.argmax()) for row in weights[:, 11]] == [0, 10, 1, 2]
    assert sum(path.stat().st_size for path in rows.PATH.parent.iterdir()) < 1_500_000


@pytest.mark.model
def test_the_model_makes_the_stored_rows_again():
    assert rows.differences(made := rows.make()) == []
    assert rows.differences(made | {"capital_scores": made["capital_scores"][::-1]}) == ["capital_scores"]
