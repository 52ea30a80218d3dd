import Foundation
import Glibc
import Support
import Testing
import Vocabulary
import Wire

extension ClusterSuite {
  /// What the nodes of a cluster answer by HTTP.
  @Suite struct AdminPortTests {
    private func get(_ node: ProgramProcess, _ path: String) async throws -> HTTPAnswer {
      try #require(try await HTTPAnswer.get(try await node.adminAddress(), path))
    }

    /// Waits until a node says of its readiness what the test expects.
    private func readiness(_ node: ProgramProcess, _ holds: (HTTPAnswer) -> Bool) async throws -> HTTPAnswer {
      var answer = try await get(node, "/readyz")
      for _ in 0..<3000 where !holds(answer) {
        try await Task.sleep(for: .milliseconds(20))
        answer = try await get(node, "/readyz")
      }
      return answer
    }

    private func shop() throws -> RandomShop { try #require(try RandomShop(RandomShop.Shape(), seed: 61)) }

    private func query(_ shop: RandomShop) -> RankRequest {
      var request = RankRequest(collection: "shop", k: 3, depth: 10)
      request.vector = [Float](repeating: 0.25, count: shop.schema.embeddingDimension)
      return request
    }

    @Test func aClusterIsReadyOnceItHasAModelAndAllShards() async throws {
      let shop = try shop()
      try await ProcessCluster.run(shardCount: 2) { (cluster) async throws in
        let coordinator = try cluster.coordinator
        for (node, role) in [(coordinator, "coordinator"), (cluster.shard(0), "shard")] {
          #expect(try await get(node, "/livez").status == 200)
          let version = try await get(node, "/version")
          #expect(version.body.contains("\"version\":\"\(Version.text)\"") && version.body.contains("\"\(role)\""))
        }
        let empty = try await get(coordinator, "/readyz")
        #expect(empty.status == 503 && empty.body.contains("there is no collection"))

        try await cluster.fill(shop)
        #expect(try await readiness(coordinator) { $0.status == 200 }.body == "ready\n")
        #expect(try await readiness(cluster.shard(0)) { $0.status == 200 }.body == "ready\n")

        cluster.shard(1).stop()
        let gone = try await readiness(coordinator) { $0.status == 503 }
        #expect(gone.status == 503 && gone.body.contains("shard 1 at \(cluster.shardAddresses[1])"))
        #expect(coordinator.errors.contains("message=ready") && coordinator.errors.contains("message=\"not ready\""))
      }
    }

    @Test func aCollectionWithoutAModelIsNotReady() async throws {
      var shape = RandomShop.Shape()
      shape.hasModel = false
      let shop = try #require(try RandomShop(shape, seed: 62))
      try await ProcessCluster.run(shardCount: 1) { (cluster) async throws in
        try await cluster.fill(shop)
        let answer = try await get(try cluster.coordinator, "/readyz")
        #expect(answer.status == 503 && answer.body.contains("collection shop has no model"))
      }
    }

    @Test func aNodeThatDrainsIsAliveButNotReady() async throws {
      let shop = try shop()
      try await ProcessCluster.run(shardCount: 2, flags: ["--drain-timeout", "20s"]) { (cluster) async throws in
        try await cluster.fill(shop)
        let coordinator = try cluster.coordinator
        _ = try await readiness(coordinator) { $0.status == 200 }
        let asker = try await cluster.connect()
        // A shard that hangs keeps a query open.
        try await cluster.shard(1).pause()
        async let answer = asker.ask(query(shop), microseconds: 30_000_000)
        // A coordinator that has no query yet would end at once.
        try await cluster.waitUntilAQueryIsAtWork()
        coordinator.signal(SIGTERM)
        let draining = try await readiness(coordinator) { $0.body.contains("draining") }
        #expect(draining.status == 503 && draining.body.contains("draining"))
        #expect(try await get(coordinator, "/livez").status == 200)
        cluster.shard(1).signal(SIGCONT)
        _ = try await answer
        #expect(try await coordinator.exitCode() == 0)
      }
    }

    @Test(.needsPythonPackages) func metricsAreWhatThePageForOperatorsSaysOfThem() async throws {
      let shop = try shop()
      let files = TemporaryDirectory()
      try await ProcessCluster.run(shardCount: 2) { (cluster) async throws in
        try await cluster.fill(shop)
        let asker = try await cluster.connect()
        try await asker.ask(query(shop))
        cluster.shard(1).stop()
        try await asker.ask(query(shop))
        let durable = try ProgramProcess(
          "winnowd",
          ["shard", "--data-dir", "\(files.path)/data", "--listen", ProgramProcess.lastingAddress, "--threads", "1"])
        for (name, node) in [("c", try cluster.coordinator), ("s", cluster.shard(0)), ("d", durable)] {
          let answer = try await get(node, "/metrics")
          #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
          try Data(answer.body.utf8).write(to: URL(filePath: "\(files.path)/\(name)"))
        }
      }
      let said = try await PythonPackages.run(Self.checker, [Self.root, files.path])
      #expect(said.hasPrefix("ok"), "\(said)")
      #expect(said.contains("ok: ") && !said.contains("ok: 0 "))
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path

    /// Parses what nodes expose by the parser of Prometheus' own client, compares names, types and labels with the table,
    /// and reads the files for Prometheus.
    private static let checker = #"""
      import sys, yaml
      from prometheus_client.parser import text_string_to_metric_families as families
      root, files = sys.argv[1:]
      table = {}
      for line in open(f"{root}/cluster/operators.md"):
          cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
          if len(cells) == 5 and cells[0].startswith("`"):
              table[cells[0].strip("`")] = (cells[1], {x for x in cells[2].split(", ") if x}, cells[3].split())
      seen = set()
      for name in "csd":
          role = "c" if name == "c" else "s"
          text = open(f"{files}/{name}").read()
          for family in families(text):
              full = family.name + ("_total" if family.type == "counter" else "")
              assert full in table, f"{full} is not in the table"
              kind, labels, roles = table[full]
              assert kind == family.type and role in roles, f"{full}: {family.type} of {role}"
              assert family.documentation, f"{full} has no help"
              for sample in family.samples:
                  assert set(sample.labels) - {"le"} == labels, f"{full}: {sample.labels}"
              seen.add(full)
      rules = yaml.safe_load(open(f"{root}/cluster/prometheus/alerts.yml"))["groups"][0]["rules"]
      assert all({"alert", "expr", "labels", "annotations"} <= set(rule) for rule in rules)
      config = yaml.safe_load(open(f"{root}/cluster/prometheus/prometheus.yml"))
      assert config["rule_files"] == ["alerts.yml"] and len(config["scrape_configs"]) == 2
      print(f"ok: {len(seen)} of {len(table)} metrics, {len(rules)} rules")
      """#

    @Test func aTakenPortOrAnOpenOneIsAStartError() async throws {
      try await ProcessCluster.run(shardCount: 1) { (cluster) async throws in
        let taken = try await cluster.shard(0).adminAddress()
        let second = try ProgramProcess(
          "winnowd", ["shard", "--memory-only", "--listen", ProgramProcess.lastingAddress, "--admin-listen", taken])
        #expect(try await second.exitCode() == 1)
        #expect(second.errors.contains("cannot listen for admin HTTP on \(taken): the address is in use"))
        let open = try ProgramProcess(
          "winnowd",
          ["shard", "--memory-only", "--listen", ProgramProcess.lastingAddress, "--admin-listen", "0.0.0.0:0"])
        #expect(try await open.exitCode() == 2)
        #expect(open.errors.contains("--insecure-listen"))
      }
    }

    @Test func aNodeWithoutThePortServesAllTheSame() async throws {
      try await ProcessCluster.run(shardCount: 1, flags: ["--no-admin"]) { (cluster) async throws in
        try await cluster.waitUntil("the shard is up") { $0.shards.allSatisfy { $0.state == .up } }
        #expect(try !cluster.coordinator.output.contains("admin HTTP"))
      }
    }
  }
}
