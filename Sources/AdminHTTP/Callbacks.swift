import CMicroHTTPD
import Vocabulary

// The functions that libmicrohttpd calls, on the thread of a connection.
//
// SAFETY: `context` is the desk, which `AdminServer` retains until the library has ended all threads. What `slot` points
// to is the library's, for one request: we put a retained `Conversation` there and take it back when the request is over,
// which the library says once for each. Strings and buffers hold for the call.

/// A request has a head, a part of its body, or all of it.
func requestCame(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ url: UnsafePointer<CChar>?,
  _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ upload: UnsafePointer<CChar>?,
  _ uploadCount: UnsafeMutablePointer<Int>?, _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let context = unsafe context, let connection = unsafe connection, let url = unsafe url,
    let method = unsafe method, let uploadCount = unsafe uploadCount, let slot = unsafe slot
  else { return wm_result(0) }
  guard let begun = unsafe slot.pointee else {
    let desk = unsafe Unmanaged<AdminDesk>.fromOpaque(context).takeUnretainedValue()
    let head = unsafe head(connection, method: String(cString: method), path: String(cString: url))
    let conversation = unsafe Conversation(desk, head, arguments: arguments(connection, desk.limits.argumentsMax))
    unsafe slot.pointee = Unmanaged.passRetained(conversation).toOpaque()
    guard let refusal = conversation.refusal else { return wm_result(1) }
    return unsafe send(refusal, over: connection)
  }
  let conversation = unsafe Unmanaged<Conversation>.fromOpaque(begun).takeUnretainedValue()
  if let upload = unsafe upload, unsafe uploadCount.pointee > 0 {
    let bytes = unsafe UnsafeRawBufferPointer(start: upload, count: uploadCount.pointee)
    unsafe conversation.append(bytes.bindMemory(to: UInt8.self))
    unsafe uploadCount.pointee = 0
    return wm_result(1)
  }
  return unsafe send(conversation.answer(), over: connection)
}

/// A request is over: its answer is sent, or its connection lost.
func requestEnded(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
  guard let slot = unsafe slot, let begun = unsafe slot.pointee else { return }
  unsafe slot.pointee = nil
  unsafe Unmanaged<Conversation>.fromOpaque(begun).release()
}

private func head(_ connection: OpaquePointer, method: String, path: String) -> RequestHead {
  func header(_ name: String) -> String? {
    guard let value = unsafe wm_header(connection, name) else { return nil }
    return unsafe String(cString: value)
  }
  return RequestHead(
    method: method, path: path, host: header("Host"), origin: header("Origin"), contentType: header("Content-Type"),
    contentLength: header("Content-Length").map { Int($0) ?? .max }, isChunked: header("Transfer-Encoding") != nil,
    authorization: header("Authorization"), ticket: unsafe wm_ticket(connection))
}

/// Collects arguments for the time of one call.
private final class Arguments {
  var values: [String: String] = [:]
  let most: Int

  init(most: Int) { self.most = most }
}

private func arguments(_ connection: OpaquePointer, _ most: Int) -> [String: String] {
  let arguments = Arguments(most: most)
  let pointer = unsafe Unmanaged.passUnretained(arguments).toOpaque()
  // SAFETY: the calls come within this one, which keeps `arguments` alive.
  withExtendedLifetime(arguments) {
    _ = unsafe wm_arguments(
      connection,
      { context, _, name, value in
        guard let context = unsafe context, let name = unsafe name else { return wm_result(0) }
        let arguments = unsafe Unmanaged<Arguments>.fromOpaque(context).takeUnretainedValue()
        guard arguments.values.count < arguments.most else { return wm_result(0) }
        let key = unsafe String(cString: name)
        if arguments.values[key] == nil {
          arguments.values[key] = unsafe value.map { unsafe String(cString: $0) } ?? ""
        }
        return wm_result(1)
      }, pointer)
  }
  return arguments.values
}

private func send(_ response: AdminResponse, over connection: OpaquePointer) -> MHD_Result {
  let made = unsafe response.body.withUnsafeBytes { unsafe wm_response($0.baseAddress, $0.count) }
  guard let made = unsafe made else { return wm_result(0) }
  defer { unsafe MHD_destroy_response(made) }
  var headers = [
    "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Content-Type": response.contentType, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
  ]
  headers.merge(response.headers) { $1 }
  for (name, value) in headers.sorted(by: { $0.key < $1.key }) { unsafe MHD_add_response_header(made, name, value) }
  return unsafe MHD_queue_response(connection, UInt32(response.status), made)
}
