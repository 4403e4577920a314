"""Mutations: those of Cosmic Ray that a slip of the hand could make, and two of our own."""

from collections.abc import Iterable, Iterator
from typing import Any

from cosmic_ray import plugins
from cosmic_ray.ast import get_ast
from cosmic_ray.operators.operator import Example, Operator
from parso.python import tree

Position = tuple[tuple[int, int], tuple[int, int]]
OWN = "own"

# Cosmic Ray replaces every operator by every other. We keep the neighbour that is easily confused
# with it, and what turns a condition around; the others either fail everywhere or, like `is` for
# `==` between members of an enumeration, nowhere.
_KEPT = [
    *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr"),
    *("ReplaceOrWithAnd", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
    *("ExceptionReplacer", "NumberReplacer", "RemoveDecorator", "ZeroIterationForLoop"),
    *("ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_USub_UAdd"),
    *(
        f"ReplaceComparisonOperator_{pair}"
        for pair in (
            *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is", "Lt_LtE", "LtE_Lt", "Gt_GtE"),
            *("GtE_Gt", "Lt_GtE", "GtE_Lt", "Gt_LtE", "LtE_Gt"),
        )
    ),
    *(
        f"ReplaceBinaryOperator_{pair}"
        for pair in (
            *("Add_Sub", "Sub_Add", "Mul_FloorDiv", "Div_Mul", "FloorDiv_Mul", "Mod_Mul"),
            *("Pow_Mul", "BitAnd_BitOr", "BitOr_BitAnd"),
        )
    ),
]


class DropStatement(Operator):  # type: ignore[misc]  # Cosmic Ray has no types
    """Replace a call whose result nobody uses, a `raise` or a `del` by `pass`."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        """Yield the place of a statement."""
        if _is_statement(node) and _is_droppable(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Return `pass`."""
        return _parsed("pass", node)

    @classmethod
    def examples(cls) -> Iterable[Example]:
        """Give examples."""
        return (Example("f(x)\n", "pass\n"), Example("raise X\n", "pass\n"))


class ReturnNothing(Operator):  # type: ignore[misc]
    """Replace the value of a `return` by None."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        """Yield the place of a value."""
        if isinstance(node, tree.ReturnStmt) and node.children[1].get_code().strip() != "None":
            yield node.children[1].start_pos, node.children[1].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Return the statement with None."""
        return _parsed("return None", node)

    @classmethod
    def examples(cls) -> Iterable[Example]:
        """Give examples."""
        return (Example("def f(): return 1\n", "def f(): return None\n"),)


class SwapContains(Operator):  # type: ignore[misc]
    """Replace `in` by `not in` and the other way round, outside of loops."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        """Yield the place of the operator."""
        if _is_containment(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Return the other operator."""
        value = "in" if node.type == "comp_op" else "not in"
        return tree.Keyword(value, node.start_pos, node.get_first_leaf().prefix)

    @classmethod
    def examples(cls) -> Iterable[Example]:
        """Give examples."""
        return (Example("x in y\n", "x not in y\n"), Example("x not in y\n", "x in y\n"))


_OWN_OPERATORS = {each.__name__: each for each in (DropStatement, ReturnNothing, SwapContains)}


def build() -> dict[str, Operator]:
    """Build every operator, by its name."""
    plugins.OPERATOR_PROVIDERS[OWN] = _OWN_OPERATORS
    names = [f"core/{name}" for name in _KEPT] + [f"{OWN}/{name}" for name in _OWN_OPERATORS]
    return {name: plugins.get_operator(name)() for name in names}


def _parsed(code: str, instead_of: Any) -> Any:
    node: Any = get_ast(code).children[0]
    first = node.get_first_leaf()
    first.prefix = instead_of.get_first_leaf().prefix
    return node


def _is_statement(node: Any) -> bool:
    return node.parent is not None and node.parent.type == "simple_stmt"


def _is_droppable(node: Any) -> bool:
    if node.type == "atom_expr":
        return bool(node.children[-1].get_code().strip().endswith(")"))
    return node.type in ("raise_stmt", "del_stmt") or (
        isinstance(node, tree.Keyword) and node.value == "raise"
    )


def _is_containment(node: Any) -> bool:
    if node.parent is None or node.parent.type != "comparison":
        return False
    return " ".join(node.get_code().split()) in ("in", "not in")
