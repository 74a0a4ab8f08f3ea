from __future__ import annotations

from ipaddress import ip_address

import numpy as np

from stillwatch.simulate.addresses import Network
from stillwatch.simulate.places import COUNTRIES, settle


def _network() -> Network:
    rng = np.random.default_rng(1)
    return Network(rng, settle(rng), 5_000)


def test_all_addresses_are_valid_and_public() -> None:
    network = _network()
    network.settle()
    prefixes = np.arange(len(network.region_prefix))
    hosts = 1 + np.arange(len(prefixes)) % 254
    addresses = network.addresses(prefixes, hosts).to_pylist()
    assert len(set(addresses)) == len(addresses)
    parsed = [ip_address(address) for address in addresses]
    assert not any(address.is_private or address.is_multicast or address.is_loopback for address in parsed)
    assert {address.version for address in parsed} == {4, 6}


def test_a_home_lies_in_its_region_and_its_country() -> None:
    rng = np.random.default_rng(5)
    geography = settle(rng)
    network = Network(rng, geography, 5_000)
    network.settle()
    regions = geography.draw(rng, 500)
    homes = network.homes(regions)
    assert (network.region_prefix[homes] == regions).all()
    codes = network.countries(network.draw(homes, rng.random(500))).to_pylist()
    assert codes == [COUNTRIES[index].code for index in geography.country[regions]]


def test_a_pool_is_used_evenly_and_nothing_else_is() -> None:
    network = _network()
    members = [network.prefix(0, 64_000) for _ in range(4)]
    pool = network.pool(members)
    network.settle()
    drawn = network.draw(np.full(4_000, pool), np.random.default_rng(1).random(4_000))
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == members
    assert counts.min() > 850
    assert set(network.systems(drawn).tolist()) == {64_000}
