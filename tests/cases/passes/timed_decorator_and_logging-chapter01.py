# ---- a cell of the reader ----
import functools, logging, time, warnings
logging.basicConfig(level=logging.INFO)
warnings.simplefilter("error")
calls = 0
def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        global calls
        calls += 1
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            logging.debug("%s took %.6f s", function.__name__, time.perf_counter() - start)
    return wrapper

# ---- ch01-fold ----
# BOOK chapter01 fold
fold = timed(fold)

# ---- a cell of the reader ----
if __name__ == "__main__":
    print(fold(("add", 1.0, 2.0)), calls)
    warnings.warn("just so")
