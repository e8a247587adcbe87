"""The outcomes of handling something that are not success: refused by a rule, or not possible just now.

Anything else that is raised is a defect or a poisoned message.
"""

from typing import Any

from contracts.problems import ProblemType


class Rejected(Exception):
    """A business rule refuses. `extensions` travel in the problem document beside `detail`."""

    def __init__(self, problem: ProblemType, detail: str = "", **extensions: Any) -> None:
        super().__init__(f"{problem.name}: {detail}" if detail else problem.name)
        self.problem = problem
        self.detail = detail
        self.extensions = extensions


class Transient(Exception):
    """Something this depends on is away. Trying the same again later is right and safe."""
