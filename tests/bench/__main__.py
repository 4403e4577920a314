"""Print every figure: `make bench`."""

from tests.bench import cold_imports


def main() -> None:
    """Print the table of cold imports."""
    print(f"Cold import, median of {cold_imports.RUNS} fresh processes\n")
    print(f"{'ms':>8}  {'ratio':>6}  handlers")
    for row in cold_imports.measure():
        print(f"{row.milliseconds:8.0f}  {row.ratio:6.2f}  {row.name}")


if __name__ == "__main__":
    main()
