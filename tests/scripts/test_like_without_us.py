"""A script under `valgap run` prints, raises and ends as under plain Python."""

import sys
from pathlib import Path

import pytest
from runner import PLAIN, SILENT, VALGAP

NESTED = """
    import sys

    def inner(x):
        print("before", file=sys.stderr)
        return 1 / x  # the line that raises

    def outer(xs):
        return [inner(x) for x in xs]

    print("out", __name__, __file__, sys.argv, sys.path[0], __spec__ and __spec__.name, __package__)
    outer([1, 0])
"""

SCRIPTS = {
    "that_raises_in_nested_functions": NESTED,
    "with_chained_exceptions": """
        def read():
            try:
                return {}["missing"]
            except KeyError as error:
                raise LookupError("no such key") from error

        try:
            read()
        except LookupError:
            raise RuntimeError("while handling")
    """,
    "that_recurses_too_deep": """
        def down(n):
            return down(n + 1)
        down(0)
    """,
    "with_an_exception_group": """
        def one():
            raise ValueError("one")

        caught = []
        for f in (one, lambda: 1 / 0):
            try:
                f()
            except Exception as error:
                caught.append(error)
        raise ExceptionGroup("both", caught)
    """,
    "with_an_import_that_fails": "import no_such_module_anywhere\n",
    "with_a_syntax_error_in_what_it_imports": """
        import pathlib, sys
        pathlib.Path("broken.py").write_text("a b c")
        import broken
    """,
    "that_exits_with_a_message": "import sys; print('x'); sys.exit('that was it')\n",
    "that_exits_with_a_number": "import sys; sys.exit(3)\n",
    "that_exits_with_a_large_number": "import sys; sys.exit(1000)\n",
    "that_exits_with_a_negative_number": "import sys; sys.exit(-1)\n",
    "that_exits_with_none": "import sys; sys.exit(None)\n",
    "that_exits_with_true": "import sys; sys.exit(True)\n",
    "that_exits_with_a_tuple": "import sys; sys.exit((1, 'two'))\n",
    "that_raises_system_exit": "raise SystemExit(7)\n",
    "that_exits_in_a_function_with_finally": """
        import sys
        try:
            sys.exit(4)
        finally:
            print("finally")
    """,
    "that_prints_binary": """
        import sys
        sys.stdout.buffer.write(bytes(range(256)))
        print("text after")
        sys.stdout.buffer.write(b"\\xff\\xfe")
    """,
    "that_closes_stdout": "import sys; print('last'); sys.stdout.close()\n",
    "that_replaces_stdout": """
        import io, sys
        sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding="utf-16")
        print("é")
    """,
    "that_swallows_its_output": "import io, sys; sys.stdout = io.StringIO(); print('gone')\n",
    "that_changes_directory": "import os; os.chdir('/'); print(os.getcwd())\n",
    "that_raises_after_changing_directory": "import os; os.chdir('/'); 1 / 0\n",
    "that_prints_its_own_traceback": """
        import traceback
        def f():
            raise ValueError("shown by the script")
        try:
            f()
        except ValueError:
            traceback.print_exc()
    """,
    "with_its_own_excepthook": """
        import sys
        sys.excepthook = lambda *what: print("hooked", what[0], what[1], what[2] is None)
        1 / 0
    """,
    "with_an_excepthook_that_raises": """
        import sys
        def hook(kind, error, traceback):
            raise ValueError("in the hook")
        sys.excepthook = hook
        1 / 0
    """,
    "with_an_excepthook_that_exits": """
        import sys
        def hook(kind, error, traceback):
            sys.exit(9)
        sys.excepthook = hook
        1 / 0
    """,
    "with_a_thread_that_outlives_it": """
        import threading, time
        threading.Thread(target=lambda: (time.sleep(0.5), print("thread is done"))).start()
        print("main is done")
    """,
    "with_an_executor_left_open": """
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor(2)
        print(pool.submit(lambda: 42).result())
    """,
    "with_an_exit_handler": "import atexit; atexit.register(print, 'bye'); print('main')\n",
    "that_pickles_a_class_of_its_own": """
        import pickle

        class Point:
            def __init__(self, x):
                self.x = x

        if __name__ == "__main__":
            print(pickle.loads(pickle.dumps(Point(3))).x, Point.__module__)
    """,
    "with_a_class_that_cannot_be_pickled": """
        import pickle

        class Point:
            def __reduce__(self):
                raise TypeError("cannot be pickled")

        pickle.dumps(Point())
    """,
    "that_looks_at_itself": """
        '''Its docstring.'''
        import inspect, sys
        main = sys.modules["__main__"]
        print(list(vars(main)), __doc__, __loader__.name, __loader__.path, __annotations__)
        def f():
            return 1
        print(inspect.getsource(f), main.f is f, sys.argv)
    """,
    "with_a_warning_at_compile_time": "print(1 is 1)\n",
    "with_another_encoding": "# -*- coding: latin-1 -*-\nprint(ascii('ab'))\n",
    "with_future_statements_of_its_own": """
        def f(x: int) -> str: ...
        print(f.__annotations__)
    """,
    "that_forks": """
        import os, sys
        child = os.fork()
        if child:
            print("child ended with", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        else:
            sys.exit(5)
    """,
    "that_spawns_processes": """
        import multiprocessing

        def square(x):
            return x * x

        print("imported as", __name__)
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(square, [1, 2, 3]))
    """,
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script(name, folder, alike):
    folder.write("job.py", SCRIPTS[name])
    alike("job.py")


def test_a_script_that_closes_the_descriptors_keeps_its_status(folder):
    folder.write("job.py", "import os; print('a', flush=True); os.close(1); os.close(2)\n")
    plain, ours = folder.both("job.py")
    assert (
        (ours.status, ours.out, ours.err) == (plain.status, plain.out, plain.err) == (0, b"a\n", "")
    )


@pytest.mark.parametrize("target", ["./job.py", "sub/../job.py", "link.py"])
def test_a_script_by_another_path(target, folder, alike):
    folder.write("job.py", NESTED)
    folder.write("sub/other.py", "")
    (folder.path / "link.py").symlink_to("job.py")
    alike(target, "--epochs", "3")


def test_arguments_after_the_script_belong_to_it_even_ours(folder, alike):
    folder.write(
        "job.py",
        """
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("--format")
        parser.add_argument("rest", nargs="*")
        print(parser.parse_args())
        """,
    )
    alike("job.py", "--help")
    alike("job.py", "--format", "json", "--", "-q", "-o")
    alike("job.py", "--no-such-option")


def test_a_module_a_package_and_a_folder(folder, alike):
    folder.write("tool/__init__.py", "print('package', __name__)\n")
    folder.write("tool/__main__.py", NESTED)
    folder.write("tool/train.py", NESTED)
    alike("-m", "tool", "--epochs", "3")
    alike("-m", "tool.train")
    alike("tool", "a")


def test_a_module_that_exits_in_silence(folder, alike):
    folder.write("job.py", "import sys; sys.exit(6)\n")
    alike("-m", "job")


def test_a_module_whose_imports_are_broken_is_shown_as_ever(folder, alike):
    folder.write("broken.py", "a b c\n")
    folder.write("job.py", "import broken\n")
    alike("-m", "job")


def test_without_the_script_folder_on_the_path(folder, alike):
    folder.write("job.py", "import sys; print(len(sys.path), sys.path[0])\n")
    alike("job.py", PYTHONSAFEPATH="1")


@pytest.mark.parametrize("target", [("job.py",), ("-m", "job")])
def test_ctrl_c_ends_both_by_the_signal_after_exit_handlers(folder, target):
    folder.write(
        "job.py",
        """
        import atexit, pathlib, time
        atexit.register(print, "bye")
        try:
            pathlib.Path("ready").touch()
            time.sleep(60)
        finally:
            print("finally")
        """,
    )
    plain = folder.run_until_ready(*PLAIN, *target)
    ours = folder.run_until_ready(*VALGAP, *target)
    assert plain.status == ours.status == -2
    assert ours.out == plain.out == b"finally\nbye\n"
    assert ours.err == plain.err + SILENT


def test_ctrl_c_that_the_script_handles_is_its_own_affair(folder):
    folder.write(
        "job.py",
        """
        import pathlib, sys, time
        try:
            pathlib.Path("ready").touch()
            time.sleep(60)
        except KeyboardInterrupt:
            sys.exit(11)
        """,
    )
    ours = folder.run_until_ready(*VALGAP, "job.py")
    assert (ours.status, ours.err) == (11, SILENT)


def test_nothing_heavy_is_loaded_before_the_script(folder):
    folder.write(
        "job.py",
        """
        import sys
        heavy = {"numpy", "scipy", "sklearn", "rich", "keras", "tensorflow", "jax", "torch"}
        print(sorted(heavy & set(sys.modules)))
        """,
    )
    assert folder.run(*VALGAP, "job.py").out == b"[]\n"


def test_a_script_that_never_trains_leaves_nothing_behind(folder):
    folder.write("job.py", "print(1)\n")
    folder.run(*VALGAP, "job.py")
    assert [path.name for path in folder.path.iterdir()] == ["job.py"]


def test_quiet_says_nothing_on_stderr(folder):
    folder.write("job.py", "print(1)\n")
    assert folder.run(*VALGAP, "-q", "job.py").err == ""


def test_the_installed_command_does_the_same_as_the_module(folder):
    folder.write("job.py", NESTED)
    command = Path(sys.executable).with_name("valgap")
    plain, ours = folder.run(*PLAIN, "job.py"), folder.run(str(command), "run", "job.py")
    assert (ours.status, ours.out, ours.err) == (plain.status, plain.out, plain.err + SILENT)
