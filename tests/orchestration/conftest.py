"""What the tests of kept statements share."""

from collections.abc import Iterator

import pytest
from replay_project import Shop, without_feeds


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A folder in which one night was built by dbt and kept. Whoever changes it mends it."""
    with pytest.MonkeyPatch.context() as patch:
        without_feeds(patch)
        patch.setenv("CLIENTELE_INPUTS", "")
        shop = Shop(tmp_path_factory.mktemp("replay"))
        first = shop.night()
        assert [result.succeeded for result in first.results] == [True, True]
        assert first.notes == {}
        yield shop
