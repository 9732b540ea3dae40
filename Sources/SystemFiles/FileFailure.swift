#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Why a file could not be read or written; each module says it in the words of an error of its own.
package enum FileFailure: Error, Sendable, Equatable {
  /// Nothing stands at the path.
  case missing
  /// A folder stands there.
  case folder
  /// Neither a file nor a folder stands there.
  case special
  /// The file takes this many bytes, more than were allowed.
  case tooLarge(Int)
  /// What the system says, and what to do.
  case system(String)

  /// The failure that the system's error number stands for.
  package static func system(_ code: Int32 = errno) -> FileFailure { .system(systemReason(code)) }
}

/// What the system says went wrong, and the remedy for the usual causes.
package func systemReason(_ code: Int32 = errno) -> String {
  let remedy =
    switch code {
    case ENOSPC, EDQUOT: "; free some space and try again"
    case EFBIG: "; raise the limit on the size of files (ulimit -f) and try again"
    case EACCES, EPERM: "; check who may use the file and its folder"
    case ENOENT, ENOTDIR: "; make its folder first"
    case EROFS: "; choose another folder"
    case EISDIR, ENOTEMPTY, EEXIST: "; move the folder of that name away"
    default: ""
    }
  return String(cString: strerror(code)).lowercased() + remedy
}
