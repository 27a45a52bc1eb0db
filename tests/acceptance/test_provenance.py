#!/usr/bin/env python3
"""The PROV-JSON documents of the acceptance cases, held against what the W3C member submission of 24 April 2013 says of
their form, and read by a library that is not ours (Debian's python3-prov, where it is installed). run.py holds the
documents against the real binaries; here they need no server."""

import datetime
import json
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent

# What each relation says: arguments that it must have, and those that it may have. All are names of records.
RELATIONS = {
    "wasGeneratedBy": (["prov:entity"], ["prov:activity"]),
    "used": (["prov:activity"], ["prov:entity"]),
    "wasDerivedFrom": (["prov:generatedEntity", "prov:usedEntity"], ["prov:activity", "prov:generation", "prov:usage"]),
    "wasAttributedTo": (["prov:entity", "prov:agent"], []),
    "wasAssociatedWith": (["prov:activity"], ["prov:agent", "prov:plan"]),
    "wasStartedBy": (["prov:activity"], ["prov:trigger", "prov:starter"]),
    "wasInfluencedBy": (["prov:influencee", "prov:influencer"], []),
    "specializationOf": (["prov:specificEntity", "prov:generalEntity"], []),
    "hadMember": (["prov:collection", "prov:entity"], []),
}
ELEMENTS = {"entity": "entity", "activity": "activity", "agent": "agent"}
# What kind of element each argument must name.
ENDS = {"entity": "entity", "generatedEntity": "entity", "usedEntity": "entity", "specificEntity": "entity",
        "generalEntity": "entity", "collection": "entity", "plan": "entity", "influencee": "entity",
        "activity": "activity", "influencer": "activity", "agent": "agent"}
# Times that relations and activities have as plain text.
TIMES = {"activity": ["prov:startTime", "prov:endTime"], "wasGeneratedBy": ["prov:time"], "used": ["prov:time"],
         "wasStartedBy": ["prov:time"]}
# A name in the local part of which stands what PROV-N takes without a backslash.
QUALIFIED = re.compile(r"^[A-Za-z_][A-Za-z0-9_-]*:(?:[A-Za-z0-9_/@~#+]|%[0-9A-F]{2})(?:[A-Za-z0-9_.~/@#+-]|%[0-9A-F]{2})*$")
TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


def documents():
    """(case, command, document) of each that stands whole in an output."""
    for output in sorted(HERE.glob("*/output")):
        text = output.read_text(encoding="utf-8").replace("YYYY-MM-DDTHH:MM:SSZ", "2026-03-03T03:03:03Z")
        for command, answer in re.findall(r"^\$ ([^\n]*-o prov-json)\n(\{\n.*?^\}\n)", text, re.M | re.S):
            yield output.parent.name, command, json.loads(answer)


class Form(unittest.TestCase):
    """Every document by itself."""

    def each(self):
        found = list(documents())
        self.assertGreaterEqual(len(found), 6)
        for case, command, document in found:
            with self.subTest(f"{case}: {command}"):
                yield document

    def check_value(self, value, prefixes):
        if isinstance(value, list):
            self.assertGreater(len(value), 1)
            for one in value:
                self.assertNotIsInstance(one, list)
                self.check_value(one, prefixes)
        elif isinstance(value, dict):
            self.assertEqual(set(value), {"$", "type"})
            self.assertIsInstance(value["$"], str)
            self.assertIn(value["type"], {"prov:QUALIFIED_NAME", "xsd:dateTime", "xsd:double", "xsd:long"})
            if value["type"] == "prov:QUALIFIED_NAME":
                self.check_name(value["$"], prefixes)
            elif value["type"] == "xsd:dateTime":
                self.assertRegex(value["$"], TIMESTAMP)
            else:
                float(value["$"])
        else:
            self.assertIsInstance(value, (str, int, float, bool))

    def check_name(self, name, prefixes):
        self.assertRegex(name, QUALIFIED)
        self.assertIn(name.split(":")[0], prefixes)

    def test_sections_and_names(self):
        for document in self.each():
            self.assertLessEqual(set(document), {"prefix", *ELEMENTS, *RELATIONS})
            prefixes = document["prefix"]
            for prefix, uri in prefixes.items():
                self.assertRegex(prefix, r"^[A-Za-z_][A-Za-z0-9_-]*$")
                self.assertRegex(uri, r"^(urn:whence:[a-z]+:|http://www\.w3\.org/.*#)$")
            for section in {*ELEMENTS} & set(document):
                for name, record in document[section].items():
                    self.check_name(name, prefixes)
                    self.check_record(section, record, prefixes, [])
            for section in {*RELATIONS} & set(document):
                for name, record in document[section].items():
                    self.assertRegex(name, r"^_:[A-Za-z]+\d+$")
                    needed, more = RELATIONS[section]
                    self.assertLessEqual(set(needed), set(record))
                    self.check_record(section, record, prefixes, needed + more)

    def check_record(self, section, record, prefixes, arguments):
        for attribute, value in record.items():
            self.check_name(attribute, prefixes)
            if attribute in arguments:
                self.check_name(value, prefixes)
            elif attribute in TIMES.get(section, []):
                self.assertRegex(value, TIMESTAMP)
            else:
                self.check_value(value, prefixes)
                if attribute.startswith("prov:"):
                    self.assertIn(attribute, {"prov:label", "prov:type", "prov:role", "prov:location"})

    def test_what_relations_name_is_there_and_of_its_kind(self):
        for document in self.each():
            for section in {*RELATIONS} & set(document):
                for record in document[section].values():
                    for attribute in {*record} & {f"prov:{end}" for end in ENDS}:
                        kind = ENDS[attribute.removeprefix("prov:")]
                        self.assertIn(record[attribute], document.get(kind, {}), f"{section} {record}")

    def test_nothing_is_generated_twice(self):
        # PROV-CONSTRAINTS: two generations of an entity would have to be at the same instant.
        for document in self.each():
            made = [record["prov:entity"] for record in document.get("wasGeneratedBy", {}).values()]
            self.assertEqual(len(made), len(set(made)))

    def test_what_was_made_was_made_while_it_was_being_made(self):
        for document in self.each():
            for record in document.get("wasGeneratedBy", {}).values():
                activity = document["activity"][record["prov:activity"]]
                if "prov:time" not in record:
                    continue
                start, end, made = (datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (
                    activity["prov:startTime"], activity["prov:endTime"], record["prov:time"]))
                self.assertLessEqual(start, made)
                self.assertLessEqual(made, end)


# In the interpreter that has the library, which need not be the one that runs this.
READER = r"""
import json, sys
import prov.model
source = json.load(sys.stdin)
read = prov.model.ProvDocument.deserialize(content=json.dumps(source), format="json")
again = prov.model.ProvDocument.deserialize(content=read.serialize(format="json"), format="json")
assert read == again, "what was read is not what is written"
names = {
    "entity": prov.model.PROV_ENTITY, "activity": prov.model.PROV_ACTIVITY, "agent": prov.model.PROV_AGENT,
    "wasGeneratedBy": prov.model.PROV_GENERATION, "used": prov.model.PROV_USAGE,
    "wasDerivedFrom": prov.model.PROV_DERIVATION, "wasAttributedTo": prov.model.PROV_ATTRIBUTION,
    "wasAssociatedWith": prov.model.PROV_ASSOCIATION, "wasStartedBy": prov.model.PROV_START,
    "wasInfluencedBy": prov.model.PROV_INFLUENCE, "specializationOf": prov.model.PROV_SPECIALIZATION,
    "hadMember": prov.model.PROV_MEMBERSHIP,
}
for section, kind in names.items():
    count = sum(1 for record in read.get_records() if record.get_type() == kind)
    assert count == len(source.get(section, {})), (section, count)
for name in source["entity"]:
    assert len(read.get_record(name)) == 1, name
"""


def interpreter_with_prov():
    for python in (sys.executable, "/usr/bin/python3"):
        if pathlib.Path(python).exists() and subprocess.run(
                [python, "-c", "import prov.model"], capture_output=True, check=False).returncode == 0:
            return python
    return None


class Library(unittest.TestCase):
    """python-prov reads every record of every document, and gives the same document again."""

    def test_it_reads_them(self):
        python = interpreter_with_prov()
        if python is None:
            self.skipTest("python3-prov is not installed (scripts/install-packages test)")
        for case, command, document in documents():
            with self.subTest(f"{case}: {command}"):
                done = subprocess.run([python, "-c", READER], input=json.dumps(document), capture_output=True, text=True,
                                      check=False)
                self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
