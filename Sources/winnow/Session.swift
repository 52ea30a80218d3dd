import Arguments
import JSON
import Security
import SocketTransport
import Transport
import Vocabulary
import WinnowClient

/// The surroundings of a verb: the flags, where to print, and the cluster.
struct Session: Sendable {
  static let coordinator = Flag.list(
    "coordinator", .address,
    "The coordinator to talk to; of several one is taken, and the next when that cannot be reached.", group: "General",
    default: "127.0.0.1:7700", placeholder: "HOST:PORT,…")
  static let format = Flag(
    "format", .choice(["human", "json"]),
    "The form of the output. In JSON, ids and versions are strings: many programs keep numbers only up to 2^53.",
    group: "General", default: "human")
  static let json = Flag.switch("json", "The same as --format json.", group: "General")
  static let timeout = Flag(
    "timeout", .duration(.microseconds(1) ... .seconds(60)),
    "The budget of each call; without it 1s for a query and 15s for a change.", group: "General")

  static let tlsDirectory = Flag(
    "tls-dir", .file,
    "Speak TLS: authority.pem of this directory has the trusted authorities, certificate.pem and key.pem say who asks.",
    group: "General", placeholder: "DIR")
  static let tlsName = Flag(
    "tls-name", .string,
    "The name that the coordinator's certificate has to have; without it the host that is dialled.", group: "General",
    placeholder: "HOST")

  static let keyFile = Flag(
    "key-file", .file, "The file whose first line is the key that is proved to a coordinator that asks for one.",
    group: "General")

  /// The flag of verbs that make many calls.
  static let waitMax = Flag(
    "wait-max", .duration, "How long to wait for a cluster that has no room for one more call.",
    default: "5m")

  let values: Values

  init(_ values: Values) { self.values = values }

  /// The value of a flag or positional of the verb.
  subscript<Value>(argument: some Argument<Value>) -> Value { values[argument] }

  /// Whether a source other than the default gave a value.
  func isGiven(_ argument: some Argument) -> Bool { values.isGiven(argument) }

  var isJSON: Bool { self[Self.format] == "json" || self[Self.json] }

  /// The budget of each call, if it was given.
  var timeout: Duration? { self[Self.timeout] }

  var address: String { self[Self.coordinator].map(\.description).joined(separator: ",") }

  /// Prints the JSON form or the human one.
  func print(_ json: @autoclosure () -> JSON, human: @autoclosure () -> String) {
    StandardStreams.output(isJSON ? json().text + "\n" : human())
  }

  /// Runs with a client of the coordinator, or of another one, which is closed afterwards.
  ///
  /// - Parameter waitMax: How long a call waits for a cluster that is overloaded.
  func withClient<Value: Sendable>(
    to other: HostPort? = nil, connections: Int = 1, waitMax: Duration = .zero, filter: String = "",
    advice: [String: String] = [:],
    _ body: (WinnowClient) async throws(WinnowError) -> Value
  ) async throws(Failure) -> Value {
    var options = ClientOptions()
    options.program = "winnow/\(Version.text)"
    options.connectionCount = connections
    (options.tlsDirectory, options.tlsName) = (self[Self.tlsDirectory], self[Self.tlsName])
    options.keyFile = self[Self.keyFile]
    let address = other?.description ?? address
    do throws(WinnowError) {
      let client = try WinnowClient(address: address, options: options)
      let result: Result<Value, WinnowError>
      let patient = client.waiting(atMost: waitMax, told: Self.teller(client.executor.clock))
      do throws(WinnowError) { result = .success(try await body(patient)) } catch { result = .failure(error) }
      await client.close()
      return try result.get()
    } catch {
      var failure = Failure(error, address: address, filter: filter)
      if let special = advice[failure.name] { failure.advice = special }
      throw failure
    }
  }

  /// The TLS files of a directory.
  static func tlsFiles(_ path: String) throws(Failure) -> TLSDirectory {
    do throws(TLSFault) { return try TLSDirectory(path, demandsClients: false, needsCertificate: false) } catch {
      throw Failure(.usage, error.text)
    }
  }

  /// Tells a person what is waited for, now and then.
  static func teller(_ clock: any MonotonicClock) -> @Sendable (WinnowError) -> Void {
    let next = Lock(clock.now())
    return { error in
      let now = clock.now()
      let isDue = next.withLock { next in
        guard now >= next else { return false }
        next = now.advanced(microseconds: 10_000_000)
        return true
      }
      if isDue { StandardStreams.error("waiting: \(error.description)\n", isOver: StandardStreams.isErrorTerminal) }
    }
  }

  /// The collection that was named, or the only one that there is.
  func collection(_ client: WinnowClient) async throws(WinnowError) -> String? {
    if let name = self[Self.collectionFlag] { return name }
    let collections = try await client.collections(timeout: timeout)
    return collections.count == 1 ? collections[0].name : nil
  }

  /// The flag of verbs that work on one collection.
  static let collectionFlag = Flag(
    "collection", .string, "The collection; may be left out where the cluster has only one.", placeholder: "NAME")

  /// The failure if the collection cannot be determined.
  func needsCollection() -> Failure {
    Failure(.usage, "which collection? Give --collection NAME", advice: "'winnow collection list' shows what there is")
  }

  /// A mistake in a flag that only the verb can judge.
  func usage(_ argument: some Argument, _ what: String) -> Failure {
    Failure(.usage, values.complaint(about: argument, what))
  }

  /// Refuses flags of the command line that have no effect. Those of the environment or a config file may be meant for
  /// other commands.
  func refuse(_ flags: [any Argument], _ why: String) throws(Failure) {
    if let flag = flags.first(where: { values.source($0) == .commandLine }) {
      throw usage(flag, "has no effect \(why)")
    }
  }

  /// Whether a person can be asked.
  var canAsk: Bool { StandardStreams.isInputTerminal && StandardStreams.isErrorTerminal }

  /// Asks a person, who types a word to go on.
  func ask(_ what: String, word: String) throws(Failure) {
    StandardStreams.error("\(what). To go on, type \(word): ")
    guard readLine() == word else { throw Failure(.failed, "nothing was changed") }
  }

  /// Tells what went wrong.
  func report(_ failure: Failure) {
    guard !isJSON else {
      var fields: [(String, JSON)] = [("name", .text(failure.name)), ("message", .text(failure.message))]
      if !failure.advice.isEmpty { fields.append(("advice", .text(failure.advice))) }
      if let offset = failure.filterOffset { fields.append(("column", .int(offset + 1))) }
      fields.append(("exit_code", .int(Int(failure.code.rawValue))))
      return StandardStreams.error(JSON.object([("error", .object(fields))]).text + "\n")
    }
    // A complaint about a flag begins with the command's name already.
    var text =
      (failure.message.hasPrefix("winnow ") ? "" : "winnow: ") + (failure.name.isEmpty ? "" : failure.name + ": ")
      + failure.message + "\n"
    if let offset = failure.filterOffset, let caret = Caret.lines(failure.filter, byteOffset: offset) { text += caret }
    if !failure.advice.isEmpty { text += "  " + failure.advice + "\n" }
    StandardStreams.error(text)
  }
}

extension Session {
  /// Asks the cluster within work that can also fail by itself.
  func asking<Value>(_ body: () async throws(WinnowError) -> Value) async throws(Failure) -> Value {
    do throws(WinnowError) { return try await body() } catch { throw Failure(error, address: address) }
  }
}
