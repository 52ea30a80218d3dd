import Support
import Testing
import Towers

@Suite struct TowerShapeTests {
  @Test func tensorsHaveTheNamesAndShapesOfTheirLayers() {
    let attention = TowerShape(dimension: 8, encoder: .attention, isMixed: true, length: 3, blocks: 1)
    #expect(
      attention.tensors.map { "\($0.name) \($0.shape)" } == [
        "history.constant [8]", "history.gain [8]", "history.position [3, 8]", "history.0.norm1.weight [8]",
        "history.0.norm1.bias [8]", "history.0.qkv.weight [24, 8]", "history.0.qkv.bias [24]",
        "history.0.out.weight [8, 8]", "history.0.out.bias [8]", "history.0.norm2.weight [8]",
        "history.0.norm2.bias [8]", "history.0.up.weight [16, 8]", "history.0.up.bias [16]",
        "history.0.down.weight [8, 16]", "history.0.down.bias [8]", "history.norm.weight [8]", "history.norm.bias [8]",
      ])
    let convolution = TowerShape(dimension: 4, encoder: .convolution, blocks: 1)
    #expect(
      convolution.tensors.map { "\($0.name) \($0.shape)" } == [
        "history.constant [4]", "history.0.norm.weight [4]", "history.0.norm.bias [4]",
        "history.0.convolution.weight [4, 4, 3]", "history.0.convolution.bias [4]", "history.0.out.weight [4, 4]",
        "history.0.out.bias [4]", "history.norm.weight [4]", "history.norm.bias [4]",
      ])
    #expect(TowerShape(dimension: 4, encoder: .sum).tensors.map(\.name) == ["history.constant"])
  }

  @Test(arguments: TowerCase.shapes)
  func parametersComeBackAsTheyWereWritten(shape: TowerShape) {
    var random = SeededRandom(seed: 3)
    let written = shape.tensors.map { random.floats($0.count) }
    var next = written.makeIterator()
    let parameters = TowerParameters(shape) { _ in next.next() ?? [] }
    #expect(shape.tensors.map(parameters.values) == written)
    parameters.clear()
    #expect(shape.tensors.allSatisfy { parameters.values($0).allSatisfy { $0 == 0 } })
  }

  @Test func trainingBeginsNearTheSum() {
    let shape = TowerShape(dimension: 64, encoder: .attention, isMixed: true)
    let parameters = TowerParameters(shape, seed: 5)
    for tensor in shape.tensors {
      let values = parameters.values(tensor)
      let squares = values.map { Double($0) * Double($0) }.reduce(0, +) / Double(values.count)
      switch tensor.name {
      case "history.gain": #expect(values.allSatisfy { $0 == 0.3 })
      case let name where name.contains("norm") && name.hasSuffix("weight"): #expect(values.allSatisfy { $0 == 1 })
      case let name where name.hasSuffix("weight") || name.hasSuffix("position"):
        #expect(abs(squares.squareRoot() - 0.02) < 0.002, "\(name)")
      default: #expect(values.allSatisfy { $0 == 0 }, "\(tensor.name)")
      }
    }
    #expect(parameters.values(shape.tensors[5]) == TowerParameters(shape, seed: 5).values(shape.tensors[5]))
    #expect(parameters.values(shape.tensors[5]) != TowerParameters(shape, seed: 6).values(shape.tensors[5]))
  }

  @Test func shapesWithoutArithmeticAreRefusedByField() {
    func field(_ change: (inout TowerShape) -> Void) -> TowerShapeError.Field? {
      var shape = TowerShape(dimension: 64, encoder: .attention, isMixed: true)
      change(&shape)
      do {
        try shape.check()
        return nil
      } catch {
        return error.field
      }
    }
    #expect(field { _ in } == nil)
    #expect(field { $0.dimension = 0 } == .dimension)
    #expect(field { $0.dimension = 4097 } == .dimension)
    #expect(field { $0.decay = 1.5 } == .decay)
    #expect(field { $0.decay = .nan } == .decay)
    #expect(field { $0.length = 0 } == .length)
    #expect(field { $0.length = 1001 } == .length)
    #expect(field { $0.heads = 3 } == .heads)
    #expect(field { $0.heads = 0 } == .heads)
    #expect(field { $0.blocks = 9 } == .blocks)
    #expect(field { $0.encoder = .sum } == .mixed)
    #expect(field { ($0.encoder, $0.isMixed, $0.heads) = (.sum, false, 3) } == nil)
  }
}
