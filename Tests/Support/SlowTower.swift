import Kernels
package import Towers

/// The queries of a window by `proto-spec/09-arithmetic.md`, section 9.9, a number at a time: in float32 the bits that
/// every kernel must have, in float64 what slopes are checked on.
package struct SlowTower<Number: SlowNumber> {
  package let shape: TowerShape
  /// The values of each tensor, in the order of its shape.
  package var tensors: [String: [Number]]
  /// The factor of a component at one of the encoder's places of dropout, by its row in the window; 1 by default.
  package var kept: (_ place: Int, _ row: Int, _ column: Int) -> Number = { _, _, _ in 1 }

  package init(_ parameters: TowerParameters) {
    shape = parameters.shape
    tensors = [:]
    for tensor in shape.tensors { tensors[tensor.name] = parameters.values(tensor).map { Number($0) } }
  }

  /// u of each prefix of a window, `[m, d]`.
  ///
  /// - Parameter weights: Of each event; 0 leaves it out.
  package func queries(_ events: [[Number]], weights: [Number]) -> [[Number]] {
    var z = [Number](repeating: 0, count: shape.dimension)
    var sums: [[Number]] = []
    for (event, weight) in zip(events, weights) {
      for i in z.indices { z[i] = (weight * event[i]).addingProduct(Number(shape.decay), z[i]) }
      sums.append(z)
    }
    let constant = self["constant"]
    guard shape.encoder != .sum else { return sums.map { zip(constant, $0).map { $0 + $1 } } }
    let isRead = weights.map { $0 != 0 }
    let outputs =
      switch shape.encoder {
      case .attention: attention(events, isRead)
      case .convolution: convolution(events, isRead)
      default: gated(events, isRead)
      }
    let gain = self["gain"]
    return zip(sums, outputs).map { sum, y in
      y.indices.map { i in
        shape.isMixed ? (constant[i] + sum[i]).addingProduct(gain[i], y[i]) : constant[i] + y[i]
      }
    }
  }

  private func attention(_ events: [[Number]], _ isRead: [Bool]) -> [[Number]] {
    let (d, width) = (shape.dimension, shape.dimension / shape.heads)
    let places = self["position"]
    var h = events.indices.map { j in (0..<d).map { events[j][$0] + places[j * d + $0] } }
    drop(&h, 0)
    for block in 0..<shape.blocks {
      let qkv = layer("\(block).qkv", norm("\(block).norm1", h))
      let scale = 1 / Number(width).squareRoot()
      let read = h.indices.map { j in
        (0..<shape.heads).flatMap { head in
          func part(_ row: Int, _ number: Int) -> [Number] {
            let start = number * d + head * width
            return Array(qkv[row][start..<start + width])
          }
          let scores = (0...j).map { dot(part(j, 0), part($0, 1)) * scale }
          let seen = (0...j).filter { $0 == j || isRead[$0] }
          let most = seen.map { scores[$0] }.max() ?? 0
          let powers = (0...j).map { seen.contains($0) ? Number.exponential(scores[$0] - most) : 0 }
          let total = lanes(powers)
          var sum = [Number](repeating: 0, count: width)
          for t in 0...j {
            let value = part(t, 2)
            for i in sum.indices { sum[i].addProduct(powers[t] / total, value[i]) }
          }
          return sum
        }
      }
      add(&h, layer("\(block).out", read), 3 * block + 1)
      var active = activate(.gelu, layer("\(block).up", norm("\(block).norm2", h)))
      drop(&active, 3 * block + 2)
      add(&h, layer("\(block).down", active), 3 * block + 3)
    }
    return norm("norm", h)
  }

  private func convolution(_ events: [[Number]], _ isRead: [Bool]) -> [[Number]] {
    let d = shape.dimension
    var h = events.map { $0.map { 4 * $0 } }
    drop(&h, 0)
    for block in 0..<shape.blocks {
      let a = norm("\(block).norm", h)
      let (weights, bias) = (self["\(block).convolution.weight"], self["\(block).convolution.bias"])
      let taps = weights.count / d / d
      let sums = h.indices.map { j in
        (0..<d).map { o in
          var sum = bias[o]
          for tap in 0..<taps {
            let source = j - tap * (1 << block)
            let isSeen = source >= 0 && (tap == 0 || isRead[source])
            for i in 0..<d {
              sum.addProduct(isSeen ? a[source][i] : 0, weights[(o * d + i) * taps + taps - 1 - tap])
            }
          }
          return sum
        }
      }
      add(&h, layer("\(block).out", activate(.gelu, sums)), block + 1)
    }
    return norm("norm", h)
  }

  private func gated(_ events: [[Number]], _ isRead: [Bool]) -> [[Number]] {
    let d = shape.dimension
    var inputs = events
    drop(&inputs, 0)
    let sums = layer("input", inputs)
    var state = [Number](repeating: 0, count: d)
    let states = sums.indices.map { j in
      let (a, b) = (sums[j], layer("state", [state])[0])
      let new = (0..<d).map { i in
        let r = Number.activate(.sigmoid, a[i] + b[i])
        let z = Number.activate(.sigmoid, a[d + i] + b[d + i])
        let n = Number.activate(.tanh, a[2 * d + i].addingProduct(r, b[2 * d + i]))
        return n.addingProduct(z, state[i] - n)
      }
      if isRead[j] { state = new }
      return new
    }
    return layer("out", states)
  }

  // MARK: Parts

  private subscript(_ name: String) -> [Number] { tensors["history.\(name)"] ?? [] }

  private func layer(_ name: String, _ rows: [[Number]]) -> [[Number]] {
    let (weights, bias) = (self["\(name).weight"], self["\(name).bias"])
    return rows.map { x in
      bias.indices.map { o in
        var sum = bias[o]
        for k in x.indices { sum.addProduct(x[k], weights[o * x.count + k]) }
        return sum
      }
    }
  }

  private func norm(_ name: String, _ rows: [[Number]]) -> [[Number]] {
    let (gain, offset) = (self["\(name).weight"], self["\(name).bias"])
    return rows.map { x in
      let mean = lanes(x) / Number(x.count)
      let centred = x.map { $0 - mean }
      let scale = 1 / (dot(centred, centred) / Number(x.count) + Number(Float(1e-5))).squareRoot()
      return x.indices.map { offset[$0].addingProduct(centred[$0] * scale, gain[$0]) }
    }
  }

  private func activate(_ activation: Activation, _ rows: [[Number]]) -> [[Number]] {
    rows.map { $0.map { Number.activate(activation, $0) } }
  }

  private func add(_ h: inout [[Number]], _ rows: [[Number]], _ place: Int) {
    var rows = rows
    drop(&rows, place)
    for j in h.indices {
      for i in h[j].indices { h[j][i] += rows[j][i] }
    }
  }

  private func drop(_ rows: inout [[Number]], _ place: Int) {
    for j in rows.indices {
      for i in rows[j].indices { rows[j][i] *= kept(place, j, i) }
    }
  }

  private func dot(_ a: [Number], _ b: [Number]) -> Number {
    var lanes = [Number](repeating: 0, count: 16)
    for i in a.indices { lanes[i % 16].addProduct(a[i], b[i]) }
    return fold(lanes)
  }

  /// The sum of values in 16 lanes.
  private func lanes(_ values: [Number]) -> Number {
    var lanes = [Number](repeating: 0, count: 16)
    for i in values.indices { lanes[i % 16] += values[i] }
    return fold(lanes)
  }

  private func fold(_ lanes: [Number]) -> Number {
    var lanes = lanes
    for width in [8, 4, 2, 1] {
      for l in 0..<width { lanes[l] += lanes[l + width] }
    }
    return lanes[0]
  }
}
