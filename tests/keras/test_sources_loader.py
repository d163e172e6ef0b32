import numpy as np
import pytest
from sources_help import by_id, image_model, images, loss_over, sources

torch = pytest.importorskip("torch", reason="torch is not installed: no DataLoader to read")
from torch.utils.data import DataLoader, IterableDataset, TensorDataset  # noqa: E402

CLOSE = 1e-6


def rows(n: int, seed: int = 0) -> TensorDataset:
    x, y = images(n, seed)
    return TensorDataset(torch.from_numpy(x), torch.from_numpy(y))


class Noisy(TensorDataset):
    def __getitem__(self, i):
        x, y = super().__getitem__(i)
        return x + torch.randn(()), y


def test_validation_rows_of_a_loader_score_what_evaluate_logs():
    model = image_model()
    loader = DataLoader(rows(45, 1), batch_size=8)
    _, validation = sources(x=DataLoader(rows(8)), validation_data=loader)
    table = validation.read("fed", 1000)
    assert loss_over(model, table) == pytest.approx(model.evaluate(loader, verbose=0), abs=CLOSE)
    assert table.ids.tolist() == list(range(45))
    assert validation.record.transforms == "none"


def test_a_shuffled_loader_is_paired_and_its_generator_not_moved():
    generator = torch.Generator().manual_seed(4)
    loader = DataLoader(rows(45), batch_size=8, shuffle=True, generator=generator)
    torch.manual_seed(9)
    states = torch.get_rng_state(), generator.get_state()
    train, _ = sources(x=loader, validation_data=loader)
    fed, clean = train.read("fed", 24), train.read("clean", 24)
    assert all(map(torch.equal, states, (torch.get_rng_state(), generator.get_state())))
    assert fed.sizes == (8, 8, 8)
    assert by_id(fed) == by_id(clean)
    np.testing.assert_array_equal(fed.x, images(45)[0][fed.ids])
    assert fed.ids.tolist() != sorted(fed.ids)
    assert train.record.shuffled


def test_randomness_of_the_rows_is_opaque_and_stays_paired():
    loader = DataLoader(Noisy(*rows(40).tensors), batch_size=8, shuffle=True)
    train, _ = sources(x=loader, validation_data=loader)
    one, two = train.read("fed", 99), train.read("fed", 99, draw=1)
    assert train.record.transforms == "opaque"
    assert one.ids.tolist() == two.ids.tolist()
    assert not np.array_equal(one.x, two.x)


def test_an_iterable_set_is_iterated():
    class Stream(IterableDataset):
        def __iter__(self):
            yield from zip(*images(20), strict=True)

    loader = DataLoader(Stream(), batch_size=8)
    train, _ = sources(x=loader, validation_data=loader)
    assert train.read("fed", 99).sizes == (8, 8, 4)
    assert train.record.rows == 20
    assert train.record.transforms == "none"
