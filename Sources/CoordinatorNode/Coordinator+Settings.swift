package import Kernels
package import Metadata
package import Storage
package import Telemetry
package import Transport
package import Vocabulary

extension Coordinator {
  /// Settings of a coordinator.
  package struct Configuration: Sendable {
    /// How RANK is let in.
    package var queries = QueryQueue.Settings()
    /// Other requests in work at once, and waiting for that.
    package var requestsMax = 256
    /// Other requests that may wait; more are OVERLOADED.
    package var requestsWaitingMax = 1024
    /// How long a shard may take to be told the map and the collections.
    package var greetingMicrosecondsMax: UInt64 = 5_000_000
    /// How often a shard that came back is looked for.
    package var watchMicroseconds: UInt64 = 20_000
    /// How long a staged generation waits for the next that is sent to it.
    package var stagedMicrosecondsMax: UInt64 = 600_000_000
    /// After this silence a new push takes the place of a staged generation.
    package var takeoverMicroseconds: UInt64 = 15_000_000
    /// How long the previous generation is kept for the way back.
    package var previousMicrosecondsMax: UInt64 = 600_000_000
    /// Interval of the garbage collection of unused generations.
    package var tidyMicroseconds: UInt64 = 1_000_000
    /// Queries that take at least this long are kept as slow ones; 0: none is kept.
    package var slowQueryMicroseconds: UInt64 = 100_000
    /// Whether slow queries are kept with the id of their shopper.
    package var slowQueriesKeepUsers = true
    /// What the answer log keeps.
    package var answerLog = AnswerLogSettings()
    /// The share of queries that are asked once more with ten times the candidates, to see what answers miss.
    package var lossRate = 0.0
    /// Bytes of items of histories that are kept in memory for the next query.
    package var itemCacheBytesMax = 64 << 20
    /// How long they are kept.
    package var itemCacheMicrosecondsMax: UInt64 = 10_000_000
    /// Bytes of lists that are kept for their next pages.
    package var pageListBytesMax = 64 << 20
    /// How long they are kept.
    package var pageListMicrosecondsMax: UInt64 = 300_000_000
    /// Whether a search that takes long is asked of one more member of its shard.
    package var hedges = true
    /// The instruction set that re-ranks.
    package var kernels = KernelSet()
    /// Name and version for HELLO, WELCOME and STATUS.
    package var program = "winnowd"

    /// The defaults.
    package init() {}
  }

  /// The world outside, passed in.
  package struct Surroundings: Sendable {
    /// Time and timers.
    package let timers: any LinkExecutor
    /// For ids, incarnations and jitter.
    package let random: any RandomSource
    /// Where requests are worked on, so that event loops never wait for arithmetic or the disk.
    package let compute: any TaskExecutor
    /// Where what no request waits for is worked on, so that requests do not wait for it either.
    package var background: any TaskExecutor
    /// The directory of all data that outlives the process.
    package let directory: DataDirectory
    /// The home of what the cluster must agree on.
    package internal(set) var metadata: any MetadataStore
    /// How this coordinator is one of several; `nil`: it is the only one.
    package var seat: Seat?
    /// `[16]`, the id of the cluster that the node's certificate is of; `nil`: it has none.
    package var clusterID: [UInt8]?
    /// The others, once it has entered.
    var council: Council?
    /// Where events are told; `nil`: nowhere.
    package let log: Log?
    /// Microseconds since 1970, for what is kept for days and for people who read it later.
    package let wallMicroseconds: @Sendable () -> UInt64

    /// The world of one coordinator.
    ///
    /// - Parameter wallMicroseconds: `nil`: the time of `timers`.
    package init(
      timers: any LinkExecutor, random: any RandomSource, compute: any TaskExecutor, directory: DataDirectory,
      metadata: any MetadataStore, log: Log? = nil, wallMicroseconds: (@Sendable () -> UInt64)? = nil
    ) {
      self.timers = timers
      self.random = random
      self.compute = compute
      background = compute
      self.directory = directory
      self.metadata = metadata
      self.log = log
      self.wallMicroseconds = wallMicroseconds ?? { timers.clock.now().nanoseconds / 1000 }
    }

    /// A place among the coordinators of a cluster.
    package struct Seat: Sendable {
      let store: any SharedMetadataStore
      let address: String
      let makeWay: @Sendable (String, NodeIdentity) -> any ShardCaller

      /// - Parameters:
      ///   - store: The same as `metadata`.
      ///   - address: `HOST:PORT`, where clients and the other coordinators reach this one.
      ///   - makeWay: To another coordinator.
      package init(
        _ store: any SharedMetadataStore, address: String,
        makeWay: @escaping @Sendable (String, NodeIdentity) -> any ShardCaller
      ) {
        (self.store, self.address, self.makeWay) = (store, address, makeWay)
      }
    }

    /// Whether this coordinator administers: it is the only one, or has the chair.
    var administers: Bool { council?.isChair ?? true }

    var clock: any MonotonicClock { timers.clock }

    /// The present as the times of events are given.
    var wallTime: Int64 { Int64(clamping: wallMicroseconds()) }

    /// An instant from now on.
    func later(_ microseconds: UInt64) -> Instant { clock.now().advanced(microseconds: microseconds) }

    /// Lets some time pass.
    ///
    /// - Parameter end: Not beyond this instant.
    func sleep(_ microseconds: UInt64, until end: Instant? = nil) async {
      let wake = later(microseconds)
      await timers.sleep(until: end.map { min($0, wake) } ?? wake)
    }
  }
}
