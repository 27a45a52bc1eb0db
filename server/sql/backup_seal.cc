#include "sql/backup_seal.h"

#include <fcntl.h>

#include <string_view>

#include "base/digest.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::sql::internal {
namespace {

constexpr std::string_view kSealStart = "whence-backup sha256:";
constexpr size_t kDigestDigits = 64;
constexpr size_t kSealBytes = kSealStart.size() + kDigestDigits + 1;

// SQLite's file format, section 1.3.
constexpr size_t kHeaderBytes = 100;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr size_t kPageSizeAt = 16;
constexpr size_t kPageCountAt = 28;
constexpr size_t kApplicationIdAt = 68;

uint32_t BigEndian(std::string_view bytes, size_t at, size_t count) {
  uint32_t out = 0;
  for (size_t i = 0; i < count; ++i) {
    out = out << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return out;
}

}  // namespace

absl::Status Damaged(const std::string& path, std::string_view what) {
  return DataLoss("DATABASE_DAMAGED", StrCat(path, " is damaged: ", what), "use another backup");
}

absl::StatusOr<FileShape> ReadShape(const File& file) {
  WHENCE_ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  WHENCE_ASSIGN_OR_RETURN(const std::string header, file.Read(0, kHeaderBytes));
  if (header.size() < kHeaderBytes || !std::string_view(header).starts_with(kMagic)) {
    return Damaged(file.path(), "it does not begin like an SQLite database");
  }
  const uint32_t stored = BigEndian(header, kPageSizeAt, 2);
  const uint64_t page = stored == 1 ? 65536 : stored;
  if (page < 512 || (page & (page - 1)) != 0) {
    return Damaged(file.path(), StrCat("its page size of ", page, " is impossible"));
  }
  FileShape shape;
  shape.application_id = BigEndian(header, kApplicationIdAt, 4);
  shape.database_bytes = size - size % page;
  if (size % page == kSealBytes) {
    WHENCE_ASSIGN_OR_RETURN(const std::string seal, file.Read(shape.database_bytes, kSealBytes));
    if (seal.starts_with(kSealStart) && seal.back() == '\n') {
      shape.sealed_digest = seal.substr(kSealStart.size(), kDigestDigits);
    }
  }
  const uint64_t promised = uint64_t{BigEndian(header, kPageCountAt, 4)} * page;
  if (shape.database_bytes < promised || (size % page != 0 && !shape.sealed_digest)) {
    return Damaged(file.path(), StrCat("it has ", size, " bytes where its header promises ",
                                       promised, "; it was cut, or its last line was changed"));
  }
  return shape;
}

absl::StatusOr<std::string> DigestOf(const File& file, uint64_t bytes) {
  Sha256 digest;
  WHENCE_RETURN_IF_ERROR(file.ForEachPiece(bytes, [&digest](std::string_view piece) {
    digest.Update(piece);
    return absl::OkStatus();
  }));
  return digest.HexDigest();
}

absl::Status Seal(const std::string& path) {
  WHENCE_ASSIGN_OR_RETURN(const File file, File::Open(path, O_RDWR));
  WHENCE_ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  WHENCE_ASSIGN_OR_RETURN(const std::string digest, DigestOf(file, size));
  WHENCE_RETURN_IF_ERROR(file.Write(size, StrCat(kSealStart, digest, "\n")));
  return file.Sync();
}

}  // namespace whence::sql::internal
