/* SPDX-License-Identifier: MIT */
/* Errors of Windows as errno values of the same names, and their texts in UTF-8. */
#include <stdlib.h>
#include <string.h>

#include "shared.h"

/* Where several have one errno, the first is its number of Windows. */
static const struct {
  DWORD system;
  int code;
} codes[] = {
    {WSAEINTR, EINTR},
    {WSAEBADF, EBADF},
    {WSAEACCES, EACCES},
    {WSAEFAULT, EFAULT},
    {WSAEINVAL, EINVAL},
    {WSAEMFILE, EMFILE},
    {WSAEWOULDBLOCK, EAGAIN},
    {WSAEINPROGRESS, EINPROGRESS},
    {WSAEALREADY, EALREADY},
    {WSAENOTSOCK, ENOTSOCK},
    {WSAEDESTADDRREQ, EDESTADDRREQ},
    {WSAEMSGSIZE, EMSGSIZE},
    {WSAEPROTOTYPE, EPROTOTYPE},
    {WSAENOPROTOOPT, ENOPROTOOPT},
    {WSAEPROTONOSUPPORT, EPROTONOSUPPORT},
    {WSAEOPNOTSUPP, EOPNOTSUPP},
    {WSAEAFNOSUPPORT, EAFNOSUPPORT},
    {WSAEADDRINUSE, EADDRINUSE},
    {WSAEADDRNOTAVAIL, EADDRNOTAVAIL},
    {WSAENETDOWN, ENETDOWN},
    {WSAENETUNREACH, ENETUNREACH},
    {WSAENETRESET, ENETRESET},
    {WSAECONNABORTED, ECONNABORTED},
    {WSAECONNRESET, ECONNRESET},
    {WSAENOBUFS, ENOBUFS},
    {WSAEISCONN, EISCONN},
    {WSAENOTCONN, ENOTCONN},
    {WSAETIMEDOUT, ETIMEDOUT},
    {WSAECONNREFUSED, ECONNREFUSED},
    {WSAELOOP, ELOOP},
    {WSAENAMETOOLONG, ENAMETOOLONG},
    {WSAEHOSTUNREACH, EHOSTUNREACH},
    {WSAENOTEMPTY, ENOTEMPTY},
    {WSA_OPERATION_ABORTED, ECANCELED},
    {ERROR_NOT_ENOUGH_MEMORY, ENOMEM},
    {ERROR_FILE_NOT_FOUND, ENOENT},
    {ERROR_PATH_NOT_FOUND, ENOENT},
    {ERROR_ACCESS_DENIED, EACCES},
    {ERROR_INVALID_HANDLE, EBADF},
    {ERROR_INVALID_PARAMETER, EINVAL},
    {ERROR_NOT_SUPPORTED, EOPNOTSUPP},
    {ERROR_OUTOFMEMORY, ENOMEM},
    {ERROR_NETNAME_DELETED, ECONNRESET},
    {ERROR_SEM_TIMEOUT, ETIMEDOUT},
    {ERROR_NETWORK_UNREACHABLE, ENETUNREACH},
    {ERROR_HOST_UNREACHABLE, EHOSTUNREACH},
    {ERROR_PORT_UNREACHABLE, ECONNREFUSED},
    {ERROR_CONNECTION_REFUSED, ECONNREFUSED},
    {ERROR_CONNECTION_ABORTED, ECONNABORTED},
};

#define COUNT (sizeof codes / sizeof *codes)

int sys_errno_of(DWORD code) {
  for (size_t i = 0; i < COUNT; i++)
    if (codes[i].system == code) return codes[i].code;
  return (int)code;
}

int sys_winerror(int code) {
  for (size_t i = 0; i < COUNT; i++)
    if (codes[i].code == code) return (int)codes[i].system;
  return code >= WSABASEERR ? code : 0;
}

int sys_fail(void) {
  errno = sys_errno_of((DWORD)WSAGetLastError());
  return -1;
}

/* SYS_NO_FD, the number of a closed socket, is also that of the handle that stands for this process. */
int sys_fail_with(sys_fd fd) {
  DWORD flags;
  sys_fail();
  if (fd == SYS_NO_FD || (errno == ENOTSOCK && !GetHandleInformation((HANDLE)fd, &flags))) errno = EBADF;
  return -1;
}

wchar_t *sys_widen(const char *text) {
  int size = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
  wchar_t *wide = size > 0 ? malloc((size_t)size * sizeof *wide) : NULL;
  if (wide != NULL) MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, size);
  else errno = size > 0 ? ENOMEM : EINVAL;
  return wide;
}

char *sys_narrow(const wchar_t *text) {
  int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
  char *narrow = size > 0 ? malloc((size_t)size) : NULL;
  if (narrow != NULL) WideCharToMultiByte(CP_UTF8, 0, text, -1, narrow, size, NULL, NULL);
  else errno = size > 0 ? ENOMEM : EINVAL;
  return narrow;
}

#define WIDE_MAX 256

/* The system's own words, without the dot and the line's end behind them. */
static const char *system_text(DWORD code, char *buffer, size_t size) {
  wchar_t wide[WIDE_MAX];
  DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
  DWORD len = FormatMessageW(flags, NULL, code, 0, wide, WIDE_MAX, NULL);
  while (len > 0 && (wide[len - 1] <= L' ' || wide[len - 1] == L'.')) len--;
  int room = (int)size - 1;
  int used = len > 0 ? WideCharToMultiByte(CP_UTF8, 0, wide, (int)len, buffer, room, NULL, NULL) : 0;
  buffer[used] = '\0';
  return used > 0 ? buffer : NULL;
}

/* Texts where the system has none, and the C library does not know the error: as glibc has them. Wine lacks most. */
static const struct {
  int code;
  const char *text;
} texts[] = {
    {EADDRINUSE, "Address already in use"},
    {EADDRNOTAVAIL, "Cannot assign requested address"},
    {EAFNOSUPPORT, "Address family not supported by protocol"},
    {EALREADY, "Operation already in progress"},
    {ECANCELED, "Operation canceled"},
    {ECONNABORTED, "Software caused connection abort"},
    {ECONNREFUSED, "Connection refused"},
    {ECONNRESET, "Connection reset by peer"},
    {EDESTADDRREQ, "Destination address required"},
    {EHOSTDOWN, "Host is down"},
    {EHOSTUNREACH, "No route to host"},
    {EINPROGRESS, "Operation now in progress"},
    {EISCONN, "Transport endpoint is already connected"},
    {ELOOP, "Too many levels of symbolic links"},
    {EMSGSIZE, "Message too long"},
    {ENETDOWN, "Network is down"},
    {ENETRESET, "Network dropped connection on reset"},
    {ENETUNREACH, "Network is unreachable"},
    {ENOBUFS, "No buffer space available"},
    {ENOPROTOOPT, "Protocol not available"},
    {ENOTCONN, "Transport endpoint is not connected"},
    {ENOTSOCK, "Socket operation on non-socket"},
    {EOPNOTSUPP, "Operation not supported"},
    {EPFNOSUPPORT, "Protocol family not supported"},
    {EPROTONOSUPPORT, "Protocol not supported"},
    {EPROTOTYPE, "Protocol wrong type for socket"},
    {ESHUTDOWN, "Cannot send after transport endpoint shutdown"},
    {ESOCKTNOSUPPORT, "Socket type not supported"},
    {ETIMEDOUT, "Connection timed out"},
};

static const char *own_text(int code) {
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (texts[i].code == code) return texts[i].text;
  return strerror(code);
}

const char *sys_strerror(int code, char *buffer, size_t size) {
  int system = sys_winerror(code);
  const char *text = system != 0 ? system_text((DWORD)system, buffer, size) : NULL;
  return text != NULL ? text : own_text(code);
}

/* These are to be static: a text of the system's would need a buffer of the thread's. */
const char *sys_gai_strerror(int code) {
  switch (code) {
    case EAI_AGAIN:
      return "Temporary failure in name resolution";
    case EAI_BADFLAGS:
      return "Bad value for ai_flags";
    case EAI_FAIL:
      return "Non-recoverable failure in name resolution";
    case EAI_FAMILY:
      return "ai_family not supported";
    case EAI_MEMORY:
      return "Memory allocation failure";
    case EAI_NODATA:
      return "No address associated with hostname";
    case EAI_NONAME:
      return "Name or service not known";
    case EAI_SERVICE:
      return "Servname not supported for ai_socktype";
    case EAI_SOCKTYPE:
      return "ai_socktype not supported";
    case EAI_SYSTEM:
      return "System error";
    default:
      return "Unknown error";
  }
}

const char *sys_hstrerror(int code) {
  switch (code) {
    case HOST_NOT_FOUND:
      return "Unknown host";
    case TRY_AGAIN:
      return "Host name lookup failure";
    case NO_RECOVERY:
      return "Unknown server error";
    case NO_DATA:
      return "No address associated with name";
    default:
      return "Unknown resolver error";
  }
}
