import Bytes
import Filters
import Ranking
import Text
import Transport
import Vocabulary
import Wire

/// What hostile bytes may reach, each with its own rule: whatever the bytes, no trap, no growth beyond its limit, and what
/// is accepted is written again as it was. `Tests/Fuzz` runs these under libFuzzer, the tests by seeded mutation.
public enum FuzzTarget: String, CaseIterable, Sendable {
  case header, assembler, handshake, body, lz4, safetensors, manifest, filter, text, lexicon, suggestions

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
    case .text: Self.text(bytes)
    case .lexicon: Self.lexicon(bytes)
    case .suggestions: Self.suggestions(bytes)
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
    for (_, body) in Messages.connectionBodies { _ = try? body.init(from: bytes[...]) }
  }

  /// The first byte chooses the message by its opcode; the second says whether it is a reply, and the version less one.
  private static func body(_ bytes: [UInt8]) {
    guard bytes.count >= 2 else { return }
    let named = bodies.first { kind, version in
      kind.opcode.rawValue == bytes[0] && kind.isReply == (bytes[1] & 1 == 1) && version == 1 + UInt16(bytes[1] >> 1)
    }
    // Bytes that name none choose one too.
    let (kind, version) = named ?? bodies[(Int(bytes[0]) + Int(bytes[1])) % bodies.count]
    guard let message = try? kind.read(bytes.dropFirst(2), version) else { return }
    _ = FieldSheet(of: message, version: version)
    let written = body(of: message, version)
    precondition((try? kind.read(written[...], version)).map { body(of: $0, version) } == written, "a message changed")
  }

  /// Each message in each version of its body.
  private static let bodies = Messages.all.flatMap { kind in kind.versions.map { (kind, $0) } }

  /// What is accepted is, once written again, stable: it decodes to bytes that are the same again.
  private static func body(of message: any FieldGroup, _ version: UInt16) -> [UInt8] {
    var writer = BodyWriter(version: version)
    message.write(to: &writer)
    return writer.body.bytes
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

  /// The same text folded beforehand has the same terms; no term is longer than its bound.
  private static func text(_ bytes: [UInt8]) {
    guard let text = try? TextAnalyser.text(utf8: bytes) else { return }
    let folded = TextAnalyser.folded(text)
    for analyser in analysers {
      let terms = analyser.terms(of: text)
      precondition(terms.allSatisfy { (1...128).contains($0.text.text.utf8.count) }, "a term without bounds")
      precondition(terms.count <= 2 * text.unicodeScalars.count * 18, "terms without bounds")
      precondition(
        TextAnalyser.folded(folded) != folded || analyser.terms(of: folded) == terms, "folding twice differs")
    }
  }

  private static let analysers = ["none", "english", "german"].compactMap { name in
    try? TextAnalyser(language: TextLanguage(name))
  }

  private static func suggestions(_ bytes: [UInt8]) {
    guard let suggestions = try? Suggestions(bytes: bytes) else { return }
    precondition(suggestions.bytes == bytes, "suggestions changed")
    for prefix in ["", "r", "red sho", "hedphones", "rnuning shoos "] {
      let matches = suggestions.matches(prefix)
      precondition(matches.places.count <= Suggestions.matchesMax, "matches without bounds")
      for place in matches.places { _ = (suggestions.text(place), suggestions.categories(of: place)) }
    }
  }

  private static func lexicon(_ bytes: [UInt8]) {
    guard let lexicon = try? Lexicon(bytes: bytes) else { return }
    precondition(lexicon.bytes == bytes, "a lexicon changed")
    guard let analyser = try? QueryAnalyser(lexicon: lexicon) else { return }
    _ = try? analyser.query("showerhed kichenfaucet deck ov", isTyping: true)
  }
}
