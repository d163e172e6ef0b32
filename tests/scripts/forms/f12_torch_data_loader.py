import torch
from _kit import BATCH, EPOCHS, HELD_OUT, TRAIN, picture_model, pictures, weights
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)


def loader(rows, seed, **how):
    x, y = pictures(rows, seed)
    parts = (x, y, weights(rows, seed + 1))
    return DataLoader(TensorDataset(*map(torch.from_numpy, parts)), **how)


picture_model().fit(
    loader(TRAIN, 0, batch_size=BATCH, shuffle=True),
    epochs=EPOCHS,
    verbose=2,
    validation_data=loader(HELD_OUT, 1, batch_size=20),
)
