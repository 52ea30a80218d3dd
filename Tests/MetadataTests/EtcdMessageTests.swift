import Support
import Testing

@testable import Metadata

/// The bytes of etcd 3.4's gateway, as it sends them.
@Suite struct EtcdMessageTests {
  @Test func questionsAreWhatEtcdUnderstands() {
    #expect(EtcdMessages.range("/7") == #"{"key": "Lzc="}"#)
    #expect(
      EtcdMessages.compareAndPut("/7", expected: 2, Array("x".utf8))
        == #"{"compare": [{"target": "MOD", "mod_revision": "2", "result": "EQUAL", "key": "Lzc="}], "success": [{"request_put": {"key": "Lzc=", "value": "eA=="}}], "failure": [{"request_range": {"key": "Lzc="}}]}"#
    )
    #expect(
      EtcdMessages.compareAndPut("/7", expected: nil, []).contains(
        #"{"target": "CREATE", "create_revision": "0", "result": "EQUAL", "key": "Lzc="}"#))
    #expect(EtcdMessages.watch("/7", from: 9) == #"{"create_request": {"key": "Lzc=", "start_revision": "9"}}"#)
  }

  @Test func answersAreRead() throws {
    let header =
      #""header":{"cluster_id":"17815887525558370336","member_id":"17178614096974173244","revision":"3","raft_term":"2"}"#
    func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    #expect(
      EtcdMessages.rangeAnswer(bytes("{\(header)}")) == .init(revision: 3, succeeded: true, found: nil))
    let value = #"{"key":"L3c=","create_revision":"2","mod_revision":"2","version":"1","value":"aGVsbG8="}"#
    let found = EtcdMessages.KeyValue(bytes: bytes("hello"), revision: 2)
    #expect(
      EtcdMessages.rangeAnswer(bytes(#"{\#(header),"kvs":[\#(value)],"count":"1"}"#))
        == .init(revision: 3, succeeded: true, found: found))
    #expect(
      EtcdMessages.transactionAnswer(bytes(#"{\#(header),"succeeded":true,"responses":[{"response_put":{}}]}"#))
        == .init(revision: 3, succeeded: true, found: nil))
    #expect(
      EtcdMessages.transactionAnswer(bytes(#"{\#(header),"responses":[{"response_range":{"kvs":[\#(value)]}}]}"#))
        == .init(revision: 3, succeeded: false, found: found))
    #expect(
      EtcdMessages.watchLine(bytes(#"{"result":{\#(header),"created":true}}"#)) == .created(revision: 3))
    #expect(
      EtcdMessages.watchLine(bytes(#"{"result":{\#(header),"events":[{"kv":\#(value)}]}}"#)) == .changed(found))
    #expect(
      EtcdMessages.watchLine(bytes(#"{"result":{"canceled":true,"compact_revision":"12"}}"#))
        == .ended("the watch was ended"))
    #expect(
      EtcdMessages.watchLine(bytes(#"{"error":{"grpc_code":14,"message":"transport is closing"}}"#))
        == .ended("transport is closing"))
    #expect(EtcdMessages.errorText(bytes(#"{"error":"etcdserver: no leader","code":14}"#)) == "etcdserver: no leader")
    for text in ["", "[]", "{}", "{\"header\":{}}", "{\(header),\"kvs\":7}", "{\(header),\"kvs\":[{}]}"] {
      #expect(EtcdMessages.rangeAnswer(bytes(text)) == nil, "\(text)")
    }
  }

  @Test func recordsKnowTheLastChangeOfSixteenWriters() throws {
    func change(_ writer: UInt64, _ number: UInt64) -> MetadataChange {
      MetadataChange(.shardMap, [], expected: nil, writer: writer, number: number)
    }
    var changes = LastChanges()
    for number: UInt64 in 1...3 { for writer: UInt64 in 1...20 { changes = changes.adding(change(writer, number)) } }
    for writer: UInt64 in 5...20 {
      #expect(changes.contains(change(writer, 3)) && !changes.contains(change(writer, 2)))
    }
    #expect(!changes.contains(change(4, 3)))
    let record = EtcdRecord(changes: changes, value: [1, 2])
    #expect(record.bytes.count == 1 + 16 * 16 + 2 && EtcdRecord(bytes: record.bytes) == record)
    #expect(EtcdRecord(bytes: []) == nil && EtcdRecord(bytes: [17]) == nil && EtcdRecord(bytes: [1, 2, 3]) == nil)
  }
}
