"""The statements about answers on their way, each once."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, delete, insert, select, tuple_, update

from target_groove.ledger.schema import answers

_OF_OWNER: Final = (answers.c.account == bindparam("account")) & (
    answers.c.namespace == bindparam("namespace")
)
_FOR: Final = _OF_OWNER & (answers.c.destination == bindparam("to"))
ADD_ANSWER: Final = insert(answers).values(
    answer_id=bindparam("answer"),
    destination=bindparam("to"),
    account=bindparam("account"),
    namespace=bindparam("namespace"),
    run_id=bindparam("run"),
    place=bindparam("place"),
    written=bindparam("written"),
)
FORGET_ANSWER: Final = delete(answers).where(
    answers.c.answer_id == bindparam("answer"), answers.c.destination == bindparam("to")
)
RUNS_WITH_ANSWERS: Final = select(answers.c.run_id).distinct().where(_FOR)
TAKE_OVER_ANSWERS: Final = (
    update(answers)
    .where(_FOR, answers.c.run_id == bindparam("other"))
    .values(run_id=bindparam("run"))
)
ANSWERS: Final = (
    select(answers.c.answer_id, answers.c.place, answers.c.written)
    .where(
        _FOR,
        answers.c.run_id == bindparam("run"),
        # Two runs whose answers this one took over may have used one place.
        tuple_(answers.c.place, answers.c.answer_id)
        > tuple_(bindparam("behind"), bindparam("last")),
    )
    .order_by(answers.c.place, answers.c.answer_id)
    .limit(bindparam("most"))
)
RENAME_ANSWERS: Final = (
    update(answers)
    .where(_FOR, answers.c.run_id == bindparam("run"))
    .values(destination=bindparam("new_name"))
)
FORGET_ANSWERS: Final = delete(answers).where(_FOR, answers.c.run_id != bindparam("run"))
