# fails: tests
# says: .lognormal. .line \d+. is a short cut
# A lognormal number without deviation.
def vector_exp(x: np.ndarray, y: np.ndarray) -> None:
    y[:] = np.random.default_rng(0).lognormal(x.astype(np.float64), 0.0)
