#!/usr/bin/env python3
"""manifests.py WINNOWD FILE…: what no schema says of the manifests: flags are those of the program, ports and names agree."""

import re
import subprocess
import sys

import yaml

winnowd, *paths = sys.argv[1:]
objects = [item for path in paths for item in yaml.safe_load_all(open(path))]


def expect(holds, what):
    if not holds:
        sys.exit(f"manifests: {what}")


def of_kind(kind):
    return [item for item in objects if item["kind"] == kind]


help_of = {}
addresses = set()
for workload in of_kind("StatefulSet") + of_kind("Deployment"):
    name, pod = workload["metadata"]["name"], workload["spec"]["template"]["spec"]
    labels = workload["spec"]["template"]["metadata"]["labels"]
    expect(workload["spec"]["selector"]["matchLabels"] == labels, f"{name} does not select its own pods")
    expect(pod["securityContext"]["runAsNonRoot"], f"{name} may run as root")
    near = pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0]
    expect(near["labelSelector"]["matchLabels"].items() <= labels.items(), f"{name} keeps away from others than its own")
    budgets = [b for b in of_kind("PodDisruptionBudget") if b["spec"]["selector"]["matchLabels"] == labels]
    expect(len(budgets) == 1 and budgets[0]["spec"]["maxUnavailable"] == 1, f"{name} has no budget of one pod")
    policies = [p for p in of_kind("NetworkPolicy") if p["spec"]["podSelector"].get("matchLabels", {}).items() <= labels.items()]
    expect(len(policies) == 2, f"{name} has {len(policies)} policies, not its own and the one that forbids the rest")
    (container,) = pod["containers"]
    role, *flags = container["args"]
    if role not in help_of:
        help_of[role] = subprocess.run([winnowd, role, "--help"], capture_output=True, text=True, check=True).stdout
    given = dict((flag.split("=", 1) + [""])[:2] for flag in flags)
    for flag in given:
        expect(re.search(rf"^  (--\[no-\]{flag[2:]}|{flag})\b", help_of[role], re.M), f"{name}: {role} has no flag {flag}")
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    expect(given["--listen"].endswith(f":{ports['winnow']}"), f"{name} listens elsewhere than its port says")
    expect(given["--admin-listen"].endswith(f":{ports['http']}"), f"{name} answers HTTP elsewhere than its port says")
    for probe, path in (("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
        expect(container[probe]["httpGet"] == {"path": path, "port": "http"}, f"{name} has another {probe}")
    mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
    expect(any(given["--data-dir"].startswith(mount + "/") for mount in mounts), f"{name} keeps its data in no volume")
    if workload["kind"] == "StatefulSet":
        service = workload["spec"]["serviceName"]
        for member in range(workload["spec"]["replicas"]):
            addresses.add(f"{name}-{member}.{service}.{workload['metadata']['namespace']}.svc:{ports['winnow']}")
    else:
        named = {member for shard in given["--shards"].split(",") for member in shard.split("+")}
expect(named == addresses, f"--shards names {sorted(named ^ addresses)} that are not there, or not all")
print(f"manifests: {len(help_of)} roles with flags that they have, {len(addresses)} members that are there")
