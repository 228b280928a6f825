"""Lesson 08: its messages are what the lesson says they are, and the numbers that its text names."""

import csv
import re
from collections import Counter

import numpy as np
import pytest

from conftest import ROOT
from helpers.numerics import cross_entropy, softmax
from lesson_names import prose

DATA = ROOT / "notebooks/data"
TOPICS = ["weather", "alarm", "timer", "recipe", "flight", "translation"]


@pytest.fixture(scope="module")
def rows():
    with open(DATA / "messages.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_sitting_has_ten_messages_a_topic_and_fifteen_others(rows):
    assert len(rows) == 600 and all([*row] == ["text", "topic", "sitting"] for row in rows)
    expected = {(t, str(s)): 10 for t in TOPICS for s in range(1, 9)}
    expected |= {("other", str(s)): 15 for s in range(1, 9)}
    assert Counter((row["topic"], row["sitting"]) for row in rows) == expected


def test_no_message_comes_twice(rows):
    """Up to capitals and punctuation, as the data's README says."""
    assert len({" ".join(re.findall(r"\w+", row["text"].lower())) for row in rows}) == 600


def test_messages_are_short(rows):
    lengths = [len(row["text"].split()) for row in rows]
    assert 1 <= min(lengths) and max(lengths) <= 14
    assert all(row["text"] == row["text"].strip() and row["text"].isprintable() for row in rows)


def test_how_the_messages_were_made_stands_beside_them_with_their_license_and_in_the_lesson():
    about = (DATA / "README.md").read_text(encoding="utf-8")
    assert "License: CC BY 4.0" in about
    assert "A language model wrote them in eight sittings, none of which saw another" in about
    assert "Nobody said them." in (text := prose("08_text")) and "language model wrote them" in text


def test_first_loss_is_log_6(lesson):
    X, y, old = lesson["bag"](["rain"], ["rain"]), lesson["y"], lesson["old"]
    assert cross_entropy(X @ np.zeros((2, 6)), [0]).mean() == pytest.approx(np.log(6)) and np.log(6) < 1.7925
    assert Counter(y[old]) == {k: 70 for k in range(6)}


def test_accuracy_is_within_one_point_of_scikit_learn_on_the_same_sittings(lesson):
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    y, known, sitting = (lesson[name] for name in ("y", "known", "sitting"))
    ours, theirs = lesson["by_sitting"], []
    for s in range(1, 9):
        seen, new = known & (sitting != s), known & (sitting == s)
        counter = CountVectorizer().fit(lesson["texts"][seen])
        model = LogisticRegression(max_iter=300).fit(counter.transform(lesson["texts"][seen]), y[seen])
        theirs.append(model.score(counter.transform(lesson["texts"][new]), y[new]))
    assert abs(np.mean(ours) - np.mean(theirs)) < 0.01
    assert ours.min() == pytest.approx(0.85) and ours.max() == pytest.approx(0.95)
    assert ours.mean() - lesson["half"] > 5 / 6


def test_half_of_the_interval_is_student_t(lesson):
    stats = pytest.importorskip("scipy.stats")
    assert stats.t.ppf(0.975, 7) == pytest.approx(2.36, abs=0.005)


def test_one_word_in_seven_of_a_new_sitting_is_unknown(lesson):
    unknown, lengths = [], []
    for text, s in zip(lesson["texts"][lesson["known"]], lesson["sitting"][lesson["known"]], strict=True):
        found = lesson["words"](text)
        lengths.append(len(found))
        unknown += [word not in lesson["models"][s][0] for word in found]
    assert np.mean(unknown) == pytest.approx(1 / 7, abs=0.01)
    assert np.mean(lengths) == pytest.approx(8, abs=0.5)


def test_a_strong_word_of_its_topic_stands_in_072_of_the_messages(lesson):
    strong = 0
    for s, (vocabulary, W) in lesson["models"].items():
        new = lesson["known"] & (lesson["sitting"] == s)
        for text, topic in zip(lesson["texts"][new], lesson["y"][new], strict=True):
            best = {vocabulary[i] for i in W[:-1, topic].argsort()[-6:]}
            strong += bool(best & {*lesson["words"](text)})
    assert strong / lesson["known"].sum() == pytest.approx(0.72, abs=0.005)


def test_no_order_of_words_matters_to_a_bag(lesson):
    vocabulary, _ = lesson["models"][8]
    rng = np.random.default_rng(0)
    mixed = [" ".join(rng.permutation(lesson["words"](text))) for text in lesson["texts"]]
    np.testing.assert_array_equal(
        lesson["bag"](mixed, vocabulary), lesson["bag"](lesson["texts"], vocabulary)
    )


def test_weights_of_a_word_sum_to_0(lesson):
    assert all(abs(W.sum(axis=1)).max() < 1e-13 for _, W in lesson["models"].values())


def p_of(lesson, message, heard=14):
    return lesson["added"](message, heard)[1]


def test_without_a_known_word_the_bias_answers_and_prefers_weather(lesson):
    np.testing.assert_array_equal(p_of(lesson, "zzz qqq"), softmax(lesson["bias"]))
    assert softmax(lesson["bias"]).max() == pytest.approx(0.33, abs=0.005)
    for _, W in lesson["models"].values():
        assert W[-1].argmax() == TOPICS.index("weather")
        assert {*W[-1].argsort()[:2]} == {TOPICS.index("alarm"), TOPICS.index("translation")}
    np.testing.assert_array_equal(p_of(lesson, "zzz wake me"), p_of(lesson, "wake me"))


def test_what_words_add_is_the_score_of_the_bag(lesson):
    vocabulary, W = lesson["models"][8]
    for message in lesson["texts"][:60]:
        (_, parts), _ = lesson["added"](message, 14)
        np.testing.assert_allclose(sum(parts), lesson["bag"]([message], vocabulary)[0] @ W, atol=1e-12)


def test_only_together_at_me_and_to_turn_a_timer_into_an_alarm(lesson):
    p = [p_of(lesson, lesson["example"], n) for n in range(12)]
    assert [row.argmax() for row in p] == [0] + 8 * [2] + 3 * [1]
    assert [lesson["words"](lesson["example"])[i - 1] for i in (4, 8, 9)] == ["minutes", "me", "to"]
    assert p[4][2].round(2) == 0.95 and p[8][[2, 1]].round(2).tolist() == [0.54, 0.45]
    assert p[9][[1, 2]].round(2).tolist() == [0.74, 0.26] and (p[10] == p[9]).all()
    for word in ("at", "me", "to"):
        assert p_of(lesson, "give me ten minutes " + word).argmax() == 2


def test_me_is_said_about_alarms_most(lesson):
    old = zip(lesson["labels"][lesson["old"]], lesson["texts"][lesson["old"]], strict=True)
    said = Counter(topic for topic, text in old if "me" in lesson["words"](text))
    assert said.most_common(1)[0][0] == "alarm" and said["alarm"] > 0.4 * said.total()


def test_small_words_make_carry_on_a_flight(lesson):
    flight, weights_of = TOPICS.index("flight"), lesson["weights_of"]
    p = p_of(lesson, "carry on with my audiobook from last night")
    assert "audiobook" not in weights_of and p[flight].round(2) == 0.97
    for word in ("on", "my", "from"):
        rows = zip(lesson["labels"][lesson["old"]], lesson["texts"][lesson["old"]], strict=True)
        said = Counter(topic for topic, text in rows if word in lesson["words"](text))
        assert said.most_common(1)[0][0] == "flight"
        assert weights_of[word][flight] == weights_of[word].max() > weights_of["carry"][flight]


def test_no_threshold_parts_right_answers_from_all_else(lesson):
    sure = softmax(lesson["z"]).max(axis=-1)
    right, other = sure[lesson["right"]], sure[~lesson["known"]]
    assert (right < 0.4).sum() > 5 and other.max() > 0.95
    assert 1 / 3 < (other >= 0.5).mean() < 0.4
    assert (other >= 0.9).mean() < 0.03 and 0.5 < (right < 0.9).mean() < 0.6
    assert sure[~lesson["known"]].mean() < sure[lesson["known"]].mean() - 0.3
