import Foundation
import Ranking
import Support
import Testing
import Towers
import Vocabulary

extension ClusterSuite {
  /// The lines of the page on other trainers make of a PyTorch module a tower that has its outputs.
  @Suite(.needsTorch) struct TorchTowerTests {
    /// A module as the page describes it, with no parameter that begins at 0 or 1, and a model of its retrieval alone.
    private static let module = """
      import json, os, struct, sys
      import numpy as np, torch
      from torch import nn
      os.chdir(sys.argv[1])
      torch.manual_seed(3)
      d, items, lengths = 12, 30, [1, 2, 7, 50]

      class Block(nn.Module):
          def __init__(self):
              super().__init__()
              self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
              self.attention = nn.MultiheadAttention(d, 2, batch_first=True)
              self.up, self.down, self.gelu = nn.Linear(d, 2 * d), nn.Linear(2 * d, d), nn.GELU()

          def forward(self, h):
              a, m = self.norm1(h), h.shape[1]
              later = torch.ones(m, m, dtype=torch.bool).triu(1)
              h = h + self.attention(a, a, a, attn_mask=later, need_weights=False)[0]
              return h + self.down(self.gelu(self.up(self.norm2(h))))

      class Net(nn.Module):
          def __init__(self):
              super().__init__()
              self.items, self.position = nn.Embedding(items, d), nn.Embedding(50, d)
              self.blocks, self.norm = nn.ModuleList([Block(), Block()]), nn.LayerNorm(d)

          def forward(self, ids):
              h = self.items(ids) + self.position(torch.arange(ids.shape[1]))
              for block in self.blocks:
                  h = block(h)
              return self.norm(h)

      net = Net().eval()
      with torch.no_grad():
          for parameter in net.parameters():
              parameter += 0.2 * torch.randn_like(parameter)
      windows = [torch.randint(items, (1, m)) for m in lengths]
      outputs = [net(window)[0, -1].detach().numpy() for window in windows]
      os.makedirs("model")

      """

    private static let model = """

      section = json.loads(sys.argv[2])
      json.dump({"format": "winnow-model", "version": 1, "name": "torch", "collection": {"embedding_dimension": d, "rerank_dimension": 0, "attributes": []},
                 "user": {"vector_dimension": 0}, "inputs": {"attributes": [{"kind": "retrieval_score"}]},
                 "layers": [{"out": 1, "activation": "sigmoid"}]} | section, open("model/manifest.json", "w"))
      save("model/weights.safetensors", {"layers.0.weight": np.ones((1, 1)), "layers.0.bias": np.zeros(1)})
      history = np.zeros((len(windows), 50))
      for row, window in enumerate(windows):
          history[row, 50 - window.shape[1]:] = window[0].numpy() + 1
      save("model/users.safetensors", {"id": np.arange(1, len(windows) + 1), "query": np.stack(outputs), "history": history})
      for vector in net.items.weight.detach().numpy():
          print(*(float(value) for value in vector))
      """

    private let directory = TemporaryDirectory()

    private func bytes(_ name: String) throws -> [UInt8] {
      [UInt8](try Data(contentsOf: URL(filePath: "\(directory.path)/model/\(name)")))
    }

    /// What stands in the page from a text on, up to another.
    private static func part(_ page: String, from start: String, to end: String) throws -> String {
      let first = try #require(page.range(of: start))
      let last = try #require(page[first.lowerBound...].range(of: end))
      return String(page[first.lowerBound..<last.lowerBound])
    }

    @Test func theQueryVectorsAreTheModulesOutputs() async throws {
      let page = try String(
        contentsOf: URL(filePath: Python.folder).deletingLastPathComponent().appending(path: "08-files/trainers.md"),
        encoding: .utf8)
      let save = try Self.part(page, from: "def save(", to: "os.makedirs")
      let tensors = try Self.part(page, from: "tensors = {\"history.constant\"", to: "```")
      let section = try Self.part(page, from: "{\"tower\"", to: "\n")
      let printed = try await Torch.run(
        Self.module + save + tensors + Self.model, [directory.path, section], within: 300)
      let items = printed.split(separator: "\n").map { $0.split(separator: " ").compactMap { Float($0) } }
      try #require(items.count == 30 && items.allSatisfy { $0.count == 12 })
      let model = try Model.load(
        manifest: bytes("manifest.json"), weights: bytes("weights.safetensors"), users: bytes("users.safetensors"),
        tower: bytes("tower.safetensors"))
      let tower = try #require(model.tower)
      #expect(model.users.count == 4)
      var largest: Float = 0
      for user in 1...4 {
        let events = try #require(model.users.state(of: UserID(UInt64(user)))).history
        #expect(events.count == [1, 2, 7, 50][user - 1])
        let query = tower.query(
          from: nil, stored: [], session: events.map { Tower.Event(items[Int($0) - 1], weight: 1) })
        let expected = try #require(model.users[UserID(UInt64(user))]).query
        #expect(expected.contains { abs($0) > 0.1 })
        for (ours, theirs) in zip(query, expected) { largest = max(largest, abs(ours - theirs)) }
      }
      #expect(largest < 1e-5, "\(largest)")
    }
  }
}

/// PyTorch, where `cluster/bench --peers` has installed it; nothing else does, since it has hundreds of MB.
private enum Torch {
  private static let python = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: ".build/peers/bin/python").path

  static let isThere = FileManager.default.isExecutableFile(atPath: python)

  /// What a program prints.
  static func run(_ program: String, _ arguments: [String], within seconds: Int) async throws -> String {
    let process = try ProgramProcess(
      "python", ["-c", program] + arguments, path: python,
      environment: ["PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"])
    let code = try await process.exitCode(within: seconds)
    try #require(code == 0, "\(process.output)\(process.errors)")
    return process.output
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test where PyTorch is not installed.
  fileprivate static var needsTorch: Self {
    .enabled(if: Torch.isThere, "cluster/bench --peers has not installed PyTorch into .build/peers")
  }
}
