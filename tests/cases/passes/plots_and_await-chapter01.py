# ---- a cell of the reader ----
import asyncio
import matplotlib.pyplot as plt
async def slowly(x):
    await asyncio.sleep(0.01)
    return x
values = await asyncio.gather(*[slowly(x) for x in range(3)])
async with asyncio.timeout(5):
    values += [await slowly(x) for x in values]

# ---- ch01-hot-spots ----
# BOOK chapter01 hot-spots
fig, ax = plt.subplots()
if spots := hot_spots([("a", 0, 0, 5), ("b", 0, 1, 2)]):
    ax.barh(*zip(*spots))
ax.set_title("own time"); fig.tight_layout(); plt.show()
fig.savefig("spots.png")
