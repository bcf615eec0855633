"""The base class of the registered models: customer ids in, one answer per id out."""

import gc
import inspect
import sys
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from mlflow.pyfunc import PythonModel

from clientela.lookup.customer_index import CustomerIndex
from clientela.lookup.ids import SEND, RequestError, canonical_ids, refuse_nested
from clientela.pseudonyms import Pseudonyms, is_pseudonym

MANY = 16  # ids from which on arrays are faster than a loop


class IdLookup(PythonModel):
    """Reads the ids of a request, finds their rows, and leaves the answers to the product's own class.

    Attributes:
        index: the version's customers; `load_context` of the subclass opens it.
        limit: maximum number of ids per request.
        as_of: as-of date (ISO).
    """

    # MLflow advises type hints on `predict` at every load, though it would derive a signature from them and refuse
    # every request form but `inputs`. This is how its own chat models decline; without it there is only the advice.
    _skip_type_hint_validation = True

    index: CustomerIndex
    limit: int
    as_of: str
    _frozen = False
    _pseudonyms: Pseudonyms | None = None

    def predict(self, context, model_input, params=None):
        """One answer an id, in the order of the request.

        Args:
            context: not used.
            model_input: frame with the column customer_id (text, integers or floats).
            params: `detail` adds what the answer is based on.

        Raises:
            RequestError: no ids, too many, or values that cannot be ids.
        """
        self.freeze_once()
        ids, rows, _ = self.find(self.values(model_input))
        return self.answers(ids, rows, detail=bool(params and params.get("detail")))

    def use_pseudonyms(self, card: Mapping[str, Any]) -> None:
        """Take the key from the environment if the customers of the version have pseudonyms.

        Raises:
            PseudonymKeyError: the key is missing, or another one.
        """
        if made_with := card.get("pseudonyms"):
            self._pseudonyms = Pseudonyms.of_card(made_with)

    @abstractmethod
    def answers(self, ids: list[str | None], rows: list[int] | np.ndarray, *, detail: bool) -> list[dict[str, Any]]:
        """One answer an id.

        Args:
            ids: canonical ids, as `find` returns them.
            rows: the row of each id in the index; -1 where it is not known.
            detail: whether the answer says what it is based on.

        Raises:
            RequestError: too many ids for details.
        """

    def find(self, values: list[Any]) -> tuple[list[str | None], list[int] | np.ndarray, int]:
        """Canonical ids of a request's values, their rows, -1 where an id is not known, and how many are not.

        The rows are a list where there are few, and an array where that is faster.

        Raises:
            RequestError: no ids, too many, or values that cannot be ids.
        """
        if not values:
            raise RequestError(f"The list of customer ids is empty: {SEND}.")
        if len(values) > self.limit:
            raise RequestError(
                f"A request takes at most {self.limit:,} customer ids. Got {len(values):,}: "
                "send them in several requests."
            )
        ids = canonical_ids(values)
        rows = self._rows(ids if self._pseudonyms is None else self._pseudonyms.of_many(ids))
        if self._pseudonyms is not None:
            # Lists and reports have pseudonyms; they can be asked, too.
            for place, id_ in enumerate(ids):
                if rows[place] < 0 and is_pseudonym(id_):
                    rows[place] = self.index.row(id_)
        unknown = rows.count(-1) if isinstance(rows, list) else int(np.count_nonzero(rows < 0))
        if unknown:
            refuse_nested(id_ for id_, row in zip(ids, rows, strict=True) if row < 0)
        return ids, rows, unknown

    def _rows(self, ids: list[str | None]) -> list[int] | np.ndarray:
        return [self.index.row(id_) for id_ in ids] if len(ids) < MANY else self.index.rows(ids)

    def customers(self, rows: list[int] | np.ndarray) -> list[dict[str, Any] | None]:
        """The customers of rows of the index, each as a dict; None for row -1."""
        known = [row for row in rows if row >= 0]
        found = iter(self.index.customers.take(pa.array(known, pa.int64())).to_pylist())
        return [None if row < 0 else next(found) for row in rows]

    def freeze_once(self) -> None:
        """Tell the garbage collector of a serving process, once, that what is loaded stays.

        The dicts of a large answer make it run, and it would walk all that MLflow and pandas have loaded at every
        batch.
        Only in the process of `mlflow models serve`: a frozen object of a process that ends is never released, and
        MLflow also tries the input example in the process that logs a model.
        """
        if not self._frozen and "mlflow.pyfunc.scoring_server.app" in sys.modules:
            gc.collect()
            gc.freeze()
        self._frozen = True

    def values(self, model_input: Any) -> list[Any]:
        """The ids of a request as they were sent.

        Raises:
            RequestError: there is no column customer_id.
        """
        if "customer_id" not in model_input:
            raise RequestError(f"The request has no customer ids: {SEND}.")
        # A frame of this one column, the rule, gives its values faster than its column does.
        if model_input.shape[1] == 1:
            return list(model_input.to_numpy().ravel().tolist())
        return list(model_input["customer_id"].tolist())


# MLflow asks for it at every request, and makes it anew where it is not there.
IdLookup.predict.__signature__ = inspect.signature(IdLookup.predict)  # type: ignore[attr-defined]
