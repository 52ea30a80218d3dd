import Bytes
import Filters
import Ranking
import Transport
import Vocabulary
import Wire

/// What hostile bytes may reach, each with its own rule: whatever the bytes, no trap, no growth beyond its limit, and what
/// is accepted is written again as it was. `Tests/Fuzz` runs these under libFuzzer, the tests by seeded mutation.
public enum FuzzTarget: String, CaseIterable, Sendable {
  case header, assembler, handshake, body, lz4, safetensors, manifest, filter

  /// Takes one input; stops the process if a rule is broken.
  public func take(_ bytes: [UInt8]) {
    switch self {
    case .header: Self.header(bytes)
    case .assembler: Self.assembler(bytes)
    case .handshake: Self.handshake(bytes)
    case .body: Self.body(bytes)
    case .lz4: Self.lz4(bytes)
    case .safetensors: Self.safetensors(bytes)
    case .manifest: Self.manifest(bytes)
    case .filter: Self.filter(bytes)
    }
  }

  private static func header(_ bytes: [UInt8]) {
    guard bytes.count >= FrameHeader.byteCount else { return }
    guard let header = try? FrameHeader(from: bytes.prefix(FrameHeader.byteCount)) else { return }
    var writer = ByteWriter()
    header.write(to: &writer)
    precondition(writer.bytes == Array(bytes.prefix(FrameHeader.byteCount)), "a header changed")
  }

  /// The same bytes whole and in pieces, whose sizes the bytes choose, give the same frames.
  private static func assembler(_ bytes: [UInt8]) {
    let now = Instant(nanoseconds: 0)
    func words(_ sizes: () -> Int) -> [String] {
      var assembler = FrameAssembler(payloadWireBytesMax: 8192)
      var words: [String] = []
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = rest.prefix(max(1, sizes()))
        rest = rest.dropFirst(piece.count)
        assembler.append(Array(piece), at: now)
        while let word = word(assembler.next(at: now)) {
          words.append(word)
          if word.hasPrefix("fault") { return words }
        }
      }
      return words
    }
    var index = 0
    let pieces = words {
      index += 1
      return Int(bytes[index % bytes.count] & 63)
    }
    precondition(words { bytes.count } == pieces, "pieces changed frames")
  }

  private static func word(_ event: FrameAssembler.Event) -> String? {
    switch event {
    case .needsBytes: nil
    case .header(let header): "header \(header.requestID) \(header.payloadByteCount)"
    case .frame(let header, let payload): "frame \(header.requestID) \(Array(payload))"
    case .fault(let fault): "fault \(fault)"
    }
  }

  private static func handshake(_ bytes: [UInt8]) {
    if let hello = try? Hello(from: bytes[...]) {
      precondition((try? Hello(from: hello.body[...]))?.body == hello.body, "a HELLO changed")
    }
    if let welcome = try? Welcome(from: bytes[...]) {
      precondition((try? Welcome(from: welcome.body[...]))?.body == welcome.body, "a WELCOME changed")
    }
    _ = try? Ping(from: bytes[...])
    _ = try? Credit(from: bytes[...])
    _ = try? Cancel(from: bytes[...])
    _ = try? GoAway(from: bytes[...])
    _ = try? WireError(from: bytes[...])
  }

  /// The first byte chooses the message.
  private static func body(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let body = bytes.dropFirst()
    let decoders: [(ArraySlice<UInt8>) -> Void] = [
      { decode(RankRequest.self, $0) },
      { decode(RankRequest.self, $0, version: 1) },
      { decode(RankResponse.self, $0) },
      { decode(RankResponse.self, $0, version: 1) },
      { decode(SearchRequest.self, $0) },
      { decode(SearchRequest.self, $0, version: 1) },
      { decode(SearchResponse.self, $0) },
      { decode(SlowLogRequest.self, $0) },
      { decode(SlowLogResponse.self, $0) },
      { decode(GetRequest.self, $0) },
      { decode(GetResponse.self, $0) },
      { decode(UpsertRequest.self, $0) },
      { decode(DeleteRequest.self, $0) },
      { decode(WriteResponse.self, $0) },
      { decode(CollectionCreateRequest.self, $0) },
      { decode(CollectionCreateResponse.self, $0) },
      { decode(CollectionDescribeRequest.self, $0) },
      { decode(CollectionDescribeResponse.self, $0) },
      { decode(CollectionDropRequest.self, $0) },
      { decode(CollectionDropResponse.self, $0) },
      { decode(ModelLoadRequest.self, $0) },
      { decode(ModelLoadResponse.self, $0) },
      { decode(ModelDescribeRequest.self, $0) },
      { decode(ModelDescribeResponse.self, $0) },
      { decode(FeedRequest.self, $0) },
      { decode(FeedResponse.self, $0) },
      { decode(StatusRequest.self, $0) },
      { decode(StatusResponse.self, $0) },
      { decode(ShardMapRequest.self, $0) },
      { decode(ShardMapResponse.self, $0) },
      { decode(MetricsRequest.self, $0) },
      { decode(MetricsResponse.self, $0) },
      { decode(Echo.self, $0) },
      { decode(UpdateRequest.self, $0) },
      { decode(GenerationRequest.self, $0) },
      { decode(GenerationResponse.self, $0) },
      { decode(TransferRequest.self, $0) },
      { decode(TransferResponse.self, $0) },
      { decode(TransferPart.self, $0) },
      { decode(RebalanceRequest.self, $0) },
      { decode(RebalanceResponse.self, $0) },
      { decode(SnapshotRequest.self, $0) },
      { decode(SnapshotResponse.self, $0) },
    ]
    decoders[Int(first) % decoders.count](body)
  }

  /// What is accepted is, once written again, stable: it decodes to bytes that are the same again.
  private static func decode<M: Message>(_: M.Type, _ body: ArraySlice<UInt8>, version: UInt16 = M.bodyVersion) {
    guard let message = try? M(body: body, version: version) else { return }
    let written = message.body(version: version).bytes
    let again = try? M(body: written, version: version)
    precondition(again?.body(version: version).bytes == written, "a message changed")
  }

  /// The first two bytes are the raw length.
  private static func lz4(_ bytes: [UInt8]) {
    guard bytes.count > 2 else { return }
    let count = Int(bytes[0]) | Int(bytes[1]) << 8
    if let raw = try? LZ4Block.decompress(bytes[2...], rawCount: count) {
      precondition(raw.count == count, "another length than declared")
    }
    let raw = Array(bytes.dropFirst(2))
    if let block = LZ4Block.compress(raw) {
      precondition((try? LZ4Block.decompress(block[...], rawCount: raw.count)) == raw, "compression changed bytes")
    }
    if ByteShuffle.isApplicable(count: raw.count, width: 8) {
      precondition(
        (try? ByteShuffle.unshuffle(ByteShuffle.shuffle(raw, width: 8), width: 8)) == raw, "shuffle changed bytes")
    }
  }

  private static func safetensors(_ bytes: [UInt8]) {
    guard let file = try? SafetensorsFile(bytes, as: .weights) else { return }
    _ = try? file.floats("layers.0.weight", shape: [2, 3])
    _ = try? file.vectors("query", rows: 2, columns: 3)
    _ = try? file.ids("id")
  }

  private static func manifest(_ bytes: [UInt8]) {
    guard let manifest = try? Manifest.read(json: bytes) else { return }
    precondition((try? Manifest.read(json: manifest.json)) == manifest, "a manifest changed")
  }

  private static func filter(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let filter = try? FilterParser.parse(text) else { return }
    let canonical = filter.text
    precondition((try? FilterParser.parse(canonical)) == filter, "a filter's canonical text means something else")
  }
}
