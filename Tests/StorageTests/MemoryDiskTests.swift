import Glibc
import Storage
import Testing

@Suite struct MemoryDiskTests {
  @Test func theNumberedCallFails() throws {
    let disk = MemoryDisk()
    try disk.makeDirectory("/d")
    #expect(disk.callCount == 1)
    disk.fail(call: 3, .full)
    try disk.replace("/d/a", with: [1])
    let error = DiskTests.error { () throws(DiskError) in try disk.replace("/d/a", with: [2]) }
    #expect(error?.isFull == true)
    #expect(try disk.read("/d/a", limit: 9) == [1])
    try disk.replace("/d/a", with: [3])
    #expect(disk.callCount == 5)
  }

  @Test func powerLossDropsWhatWasNotSynced() throws {
    let disk = MemoryDisk()
    try disk.makeDirectory("/d")
    let lock = try disk.lock("/d")
    let file = try disk.openForAppending("/d/log")
    try file.append([1, 2])
    try file.sync()
    try file.append([3])
    try file.append([4])
    #expect(file.count == 4)
    disk.losePower()
    #expect(try disk.read("/d/log", limit: 9) == [1, 2])
    _ = try disk.lock("/d")
    lock.release()
  }

  @Test func aFailedSyncFailsForEver() throws {
    let disk = MemoryDisk()
    let file = try disk.openForAppending("/log")
    try file.append([1])
    disk.fail(call: 3, .broken)
    let error = DiskTests.error { () throws(DiskError) in try file.sync() }
    #expect(error == DiskError(.sync, "/log", code: EIO))
    #expect(DiskTests.error { () throws(DiskError) in try file.sync() } == error)
    #expect(DiskTests.error { () throws(DiskError) in try file.append([2]) } == error)
    disk.losePower()
    #expect(try disk.read("/log", limit: 9) == [])
  }

  @Test func failedWritesMayLeaveAPart() throws {
    let disk = MemoryDisk()
    try disk.replace("/f", with: [1, 2, 3, 4])
    disk.fail(call: 2, .init(code: EIO, bytesWritten: 2))
    _ = DiskTests.error { () throws(DiskError) in try disk.overwrite("/f", with: [9, 9, 9]) }
    #expect(try disk.read("/f", limit: 9) == [9, 9, 3, 4])
    let file = try disk.openForAppending("/g")
    disk.fail(call: 5, .init(code: ENOSPC, bytesWritten: 1))
    _ = DiskTests.error { () throws(DiskError) in try file.append([7, 8]) }
    #expect(try disk.read("/g", limit: 9) == [7])
  }
}
