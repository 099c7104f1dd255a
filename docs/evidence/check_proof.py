"""Check a bundle of `tocsin notify evidence` (RFC 9162, 2.1): check_proof.py BUNDLE [NOTED_HASH]."""

import hashlib
import json
import sys
from pathlib import Path

ROW = "seq person route leg channel state language provider_ref code attempts possible_duplicate updated_at"
FACT = "prev stream version type schema at actor body"


def need(holds, otherwise):
    if not holds:
        sys.exit(f"DOES NOT HOLD: {otherwise}")


def climb(proof):
    node = hashlib.sha256(b"\0" + proof["leaf"].encode()).digest()
    place, last = proof["index"], proof["size"] - 1
    for sibling in map(bytes.fromhex, proof["siblings"]):
        need(0 <= place <= last and last, "there are more siblings than levels")
        while place == last and not place % 2:
            place, last = place // 2, last // 2
        node = hashlib.sha256(b"\1" + (sibling + node if place % 2 else node + sibling)).digest()
        place, last = place // 2, last // 2
    need(last == 0, "there are fewer siblings than levels")
    return node.hex()


def check(bundle, noted):
    proof, chain, message = bundle["proof"], bundle["chain"], bundle["message"]
    need(proof and chain, "the campaign was not over yet")
    (campaign, *cells), end, before = *map(json.loads, (proof["leaf"], chain[0]["body"])), chain[0]["prev"]
    need(dict(zip(ROW.split(), cells, strict=True)) == bundle["row"], "the row is not what the leaf says")
    named = f"incident/{bundle['incident']}/campaign/{bundle['campaign']}"
    need((campaign, cells[0]) == (named, proof["index"] + 1), "the leaf is another row's")
    need(climb(proof) == proof["root"] == end["merkle_root"], "the leaf does not lead to the root")
    need(sum(end["counts"].values()) == proof["size"], "the counts do not add up")
    for fact in chain:
        need((fact["stream"], fact["prev"]) == (campaign, before), "the facts do not follow on each other")
        before = hashlib.sha256("\n".join(str(fact[name]) for name in FACT.split()).encode()).hexdigest()
        need(before == fact["hash"], "a fact was changed")
    need(noted in (None, before), "the chain does not end with the hash that was noted")
    words = json.dumps(message["words"], ensure_ascii=False, separators=(",", ":")) if message else ""
    need(not message or hashlib.sha256(words.encode()).hexdigest() == message["sha256"], "other words")
    print(f"holds: {bundle['row']['state']}, row {proof['index'] + 1} of {proof['size']}, head {before}")


check(json.loads(Path(sys.argv[1]).read_text("utf-8")), sys.argv[2] if sys.argv[2:] else None)
