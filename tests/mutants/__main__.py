"""Mutation testing: `make mutants`. How to use and judge it: docs/mutants.md."""

import argparse
import sys
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkItem, WorkResult

from infra.paths import ROOT
from tests.mutants import population, trial, warm
from tests.mutants.selection import Selector, is_in_function

FOLDER = ROOT / ".local" / "mutants"
EQUIVALENTS = Path(__file__).with_name("equivalents.toml")


def main() -> None:
    """Draw a sample, or continue with it, and report."""
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--features", type=lambda text: text.split(",") if text else [])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="try the survivors once more")
    options = parser.parse_args()
    features = options.features or []
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = "-".join([str(options.seed), str(options.count), *features])
    with use_db(str(FOLDER / f"{name}.sqlite"), WorkDB.Mode.create) as session:
        if not session.num_work_items:
            modules = population.list_modules(features)
            session.add_work_items(population.draw(modules, options.seed, options.count))
        pending = sorted(session.pending_work_items, key=lambda item: item.job_id)
        if options.again:
            pending += [item for item, result in session.completed_work_items if _lives(result)]
        if pending:
            Trials(session, pending, options.workers).run()
        if _report(session):
            sys.exit(1)


class Trials:
    """The trials of a session's mutants."""

    def __init__(self, session: WorkDB, items: list[WorkItem], workers: int) -> None:
        self._session = session
        self._workers = workers
        self._items = {item.job_id: item for item in items}
        modules = [str(item.mutations[0].module_path) for item in items]
        self._selector = Selector(FOLDER / "measured", map(population.find_feature, modules))
        self._done = 0

    def run(self) -> None:
        """Try the mutants in forks, and those that this does not decide in processes."""
        self._undecided: list[WorkItem] = []
        warm_trials = []
        for item in self._items.values():
            prepared = self._prepare(item)
            if prepared is None:
                self._undecided.append(item)
            else:
                warm_trials.append(prepared)
        warm.run(warm_trials, self._workers, self._take)
        projects: SimpleQueue[Path] = SimpleQueue()
        for number in range(self._workers):
            project = FOLDER / f"project-{number}"
            trial.copy_project(project)
            projects.put(project)

        def try_one(item: WorkItem) -> None:
            project = projects.get()
            try:
                tests = self._select(item)
                seconds = self._selector.get_seconds(tests)
                self._save(item, trial.try_mutant(item.mutations[0], tests, seconds, project))
            finally:
                projects.put(project)

        with ThreadPoolExecutor(self._workers) as pool:
            list(pool.map(try_one, self._undecided))

    def _prepare(self, item: WorkItem) -> warm.WarmTrial | None:
        mutation = item.mutations[0]
        module = str(mutation.module_path)
        tests = self._select(item)
        changed = trial.mutate((ROOT / module).read_text(), mutation)
        if changed is None or not tests or not is_in_function(module, mutation.start_pos[0]):
            return None
        seconds = trial.get_cpu_seconds(self._selector.get_seconds(tests))
        return warm.WarmTrial(item.job_id, module, changed, tests, seconds)

    def _take(self, outcome: warm.WarmOutcome) -> None:
        item = self._items[outcome.job_id]
        if outcome.code == warm.KILLED:
            self._save(item, trial.describe_killed(item.mutations[0], ""))
        elif outcome.code is None:
            self._save(item, trial.describe_killed(item.mutations[0], trial.TIMEOUT))
        else:
            self._undecided.append(item)

    def _select(self, item: WorkItem) -> list[str]:
        mutation = item.mutations[0]
        first, last = mutation.start_pos[0], mutation.end_pos[0]
        return self._selector.select(str(mutation.module_path), first, last)

    def _save(self, item: WorkItem, result: WorkResult) -> None:
        self._session.set_result(item.job_id, result)
        self._done += 1
        outcome = "survived" if _lives(result) else "killed"
        print(f"{self._done}/{len(self._items)} {outcome} {_describe(item)}", flush=True)


def _report(session: WorkDB) -> int:
    """Print the survivors and the score. Return the number of survivors that are no equivalents."""
    results = sorted(session.completed_work_items, key=lambda pair: pair[0].job_id)
    equivalents = _load_equivalents()
    survivors = [(item, result) for item, result in results if _lives(result)]
    equivalent = [pair for pair in survivors if _key(*pair) in equivalents]
    living = [pair for pair in survivors if pair not in equivalent]
    for item, result in living:
        print(f"\n{_describe(item)}\n{result.diff}")
    counted = len(results) - len(equivalent)
    killed = counted - len(living)
    timeouts = sum(result.output == trial.TIMEOUT for _, result in results)
    print(
        f"\n{len(results)} mutants of {session.num_work_items}: {killed} killed ({timeouts} by "
        f"their timeout), {len(living)} survived, {len(equivalent)} equivalent"
    )
    print(f"score: {100 * killed / max(counted, 1):.1f} % of {counted}")
    return len(living)


def _lives(result: WorkResult) -> bool:
    return bool(result.test_outcome == TestOutcome.SURVIVED)


def _describe(item: WorkItem) -> str:
    mutation = item.mutations[0]
    return f"{mutation.module_path}:{mutation.start_pos[0]} {mutation.operator_name}"


def _key(item: WorkItem, result: WorkResult) -> tuple[str, str, str]:
    removed, added = (_pick(result.diff or "", sign) for sign in "-+")
    return str(item.mutations[0].module_path), removed, added


def _pick(diff: str, sign: str) -> str:
    lines: Iterable[str] = diff.splitlines()
    return " ".join(word for line in lines if line.startswith(sign) for word in line[1:].split())


def _load_equivalents() -> set[tuple[str, str, str]]:
    entries = tomllib.loads(EQUIVALENTS.read_text()).get("equivalent", [])
    return {(each["module"], each["line"], each["mutant"]) for each in entries}


if __name__ == "__main__":
    main()
