#include "service/run_check.h"

#include <map>
#include <string>

#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "base/uuid.h"
#include "service/asset_write.h"
#include "service/catalog_convert.h"
#include "service/checks.h"
#include "service/detail_check.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

absl::Status UnknownEnum(int value, std::string_view what, std::string_view field) {
  return InvalidArgument("ENUM_VALUE_UNKNOWN", field, StrCat(value, " is no ", what),
                         "see proto/whence/v1/lineage.proto");
}

absl::Status CheckUuid(const std::string& id, std::string_view field) {
  if (id.empty() || IsUuid(id)) return absl::OkStatus();
  return InvalidArgument("RUN_ID_MALFORMED", field, StrCat(QuoteForMessage(id), " is not a UUID"),
                         "send 8-4-4-4-12 hexadecimal digits, or nothing to have one made");
}

absl::Status CheckIds(const v1::Run& run, std::string_view field, Ignored ignored) {
  if (!ignored.identity) WHENCE_RETURN_IF_ERROR(CheckUuid(run.id(), StrCat(field, ".id")));
  WHENCE_RETURN_IF_ERROR(CheckUuid(run.parent_run_id(), StrCat(field, ".parent_run_id")));
  if (!run.id().empty() && CanonicalUuid(run.id()) == CanonicalUuid(run.parent_run_id())) {
    return InvalidArgument("RUN_OWN_PARENT", StrCat(field, ".parent_run_id"),
                           "a run is not part of itself", "name the run that started this one");
  }
  if (run.job().empty()) return absl::OkStatus();
  return ParseName(run.job(), StrCat(field, ".job"), kMaxNameParts).status();
}

absl::Status CheckTimes(const v1::Run& run, std::string_view field, Ignored ignored) {
  if (run.has_start_time()) {
    WHENCE_RETURN_IF_ERROR(TimeFromProto(run.start_time(), StrCat(field, ".start_time")).status());
  }
  if (!run.has_end_time() || ignored.outcome) return absl::OkStatus();
  return CheckRunTimes(run, run.end_time(), StrCat(field, ".end_time"));
}

absl::Status CheckRead(const v1::RunRead& read, const std::string& field) {
  return ParseData(read.reference(), field + ".reference").status();
}

absl::Status CheckWrite(const v1::RunWrite& write, const std::string& field) {
  WHENCE_ASSIGN_OR_RETURN(const Reference reference,
                          ParseData(write.reference(), field + ".reference"));
  if (!reference.alias.empty()) {
    return InvalidArgument("REFERENCE_NOT_WRITABLE", field + ".reference",
                           StrCat(write.reference(), " is an alias, which nothing is written to"),
                           "name the asset, or the version by its number");
  }
  if (write.create_kind() != v1::KIND_UNSPECIFIED) {
    WHENCE_RETURN_IF_ERROR(CheckKind(write.create_kind(), field + ".create_kind"));
  }
  if (!write.has_version()) return absl::OkStatus();
  if (reference.version != 0) {
    return InvalidArgument("VERSION_NUMBER_NOT_GIVEN", field + ".reference",
                           "the number of a version that is registered is not the caller's to give",
                           "name the asset without a number, or leave `version` out");
  }
  return ValidateNewVersion(write.version(), field + ".version");
}

absl::Status CheckMapping(const v1::ColumnMapping& mapping, const std::string& field) {
  WHENCE_RETURN_IF_ERROR(ParseColumn(mapping.column(), field + ".column").status());
  if (mapping.sources().empty()) {
    return InvalidArgument("COLUMN_SOURCES_MISSING", field + ".sources",
                           "a mapping says where a column comes from; it has no sources",
                           "name one column or more, or leave the mapping out");
  }
  for (int i = 0; i < mapping.sources_size(); ++i) {
    const v1::ColumnSource& source = mapping.sources(i);
    const std::string at = StrCat(field, ".sources[", i, "]");
    WHENCE_RETURN_IF_ERROR(ParseColumn(source.column(), at + ".column").status());
    WHENCE_RETURN_IF_ERROR(CheckTransformation(source.transformation(), at + ".transformation"));
    WHENCE_RETURN_IF_ERROR(ValidateText(source.description(), at + ".description",
                                        kMaxTransformationBytes, /*allow_newlines=*/true));
  }
  return absl::OkStatus();
}

size_t CountPairs(const v1::Run& run) {
  size_t pairs = 0;
  for (const v1::ColumnMapping& mapping : run.column_mappings()) {
    pairs += static_cast<size_t>(mapping.sources_size());
  }
  return pairs;
}

absl::Status CheckMappings(const v1::Run& run, std::string_view field) {
  WHENCE_RETURN_IF_ERROR(
      CheckCount(CountPairs(run), kMaxColumnMappings, StrCat(field, ".column_mappings")));
  for (int i = 0; i < run.column_mappings_size(); ++i) {
    WHENCE_RETURN_IF_ERROR(
        CheckMapping(run.column_mappings(i), StrCat(field, ".column_mappings[", i, "]")));
  }
  return absl::OkStatus();
}

absl::Status CheckParameters(const v1::Run& run, std::string_view field) {
  if (run.parameters().size() > kMaxParameters) {
    return InvalidArgument("TOO_MANY_PARAMETERS", field,
                           StrCat("there are ", run.parameters().size(), " parameters; at most ",
                                  kMaxParameters, " are allowed"),
                           "put large configurations into a file and record it as a read");
  }
  // In order of keys, so that the same request always gets the same error.
  const std::map<std::string, std::string> ordered(run.parameters().begin(),
                                                   run.parameters().end());
  for (const auto& [key, value] : ordered) {
    if (key.empty()) {
      return InvalidArgument("PARAMETER_KEY_EMPTY", field, "a parameter has an empty key",
                             "give every parameter a key");
    }
    WHENCE_RETURN_IF_ERROR(
        ValidateText(key, field, kMaxParameterKeyBytes, /*allow_newlines=*/false));
    WHENCE_RETURN_IF_ERROR(ValidateText(value, StrCat(field, "[", QuoteForMessage(key), "]"),
                                        kMaxParameterValueBytes, /*allow_newlines=*/true));
  }
  return absl::OkStatus();
}

absl::Status CheckTexts(const v1::Run& run, std::string_view field, Ignored ignored) {
  WHENCE_RETURN_IF_ERROR(CheckParameters(run, StrCat(field, ".parameters")));
  WHENCE_RETURN_IF_ERROR(CheckCodeLocation(run.code(), StrCat(field, ".code")));
  WHENCE_RETURN_IF_ERROR(ValidateText(run.host(), StrCat(field, ".host"), kMaxWordBytes,
                                      /*allow_newlines=*/false));
  WHENCE_RETURN_IF_ERROR(ValidateText(run.user(), StrCat(field, ".user"), kMaxWordBytes,
                                      /*allow_newlines=*/false));
  if (!ignored.identity) {
    WHENCE_RETURN_IF_ERROR(ValidateText(run.error_message(), StrCat(field, ".error_message"),
                                        kMaxErrorMessageBytes, /*allow_newlines=*/true));
  }
  return CheckProperties(run.properties(), StrCat(field, ".properties"));
}

}  // namespace

absl::Status CheckRunTimes(const v1::Run& run, const google::protobuf::Timestamp& end_time,
                           std::string_view field) {
  WHENCE_ASSIGN_OR_RETURN(const absl::Time end, TimeFromProto(end_time, field));
  if (!run.has_start_time()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const absl::Time start, TimeFromProto(run.start_time(), "start_time"));
  if (start <= end) return absl::OkStatus();
  return InvalidArgument("RUN_ENDS_BEFORE_START", field, "the run ends before it starts",
                         "check the two times and their zones");
}

absl::Status CheckTogether(const google::protobuf::RepeatedPtrField<v1::Run>& runs,
                           std::string_view field) {
  size_t reads = 0;
  size_t writes = 0;
  size_t pairs = 0;
  for (const v1::Run& run : runs) {
    reads += static_cast<size_t>(run.reads_size());
    writes += static_cast<size_t>(run.writes_size());
    pairs += CountPairs(run);
  }
  WHENCE_RETURN_IF_ERROR(CheckCount(reads, kMaxRunEndpoints, StrCat(field, ".reads")));
  WHENCE_RETURN_IF_ERROR(CheckCount(writes, kMaxRunEndpoints, StrCat(field, ".writes")));
  return CheckCount(pairs, kMaxColumnMappings, StrCat(field, ".column_mappings"));
}

absl::Status CheckCount(size_t count, size_t most, std::string_view field) {
  if (count <= most) return absl::OkStatus();
  return InvalidArgument("TOO_MANY_ITEMS", field,
                         StrCat("there are ", count, " items; at most ", most, " are allowed"),
                         "send them in several calls");
}

absl::StatusOr<Reference> ParseData(std::string_view text, std::string_view field) {
  WHENCE_ASSIGN_OR_RETURN(Reference reference, ParseReference(text, field));
  const bool column = reference.kind == Reference::Kind::kColumn;
  if (reference.name.size() == kMaxNameParts && !column) return reference;
  return InvalidArgument("REFERENCE_NOT_AN_ASSET", field,
                         StrCat(QuoteForMessage(text), " names no asset and no version"),
                         column ? "name the table here and the column in column_mappings"
                                : "name an asset: catalog.schema.asset, asset@number, asset@alias");
}

absl::StatusOr<Reference> ParseColumn(std::string_view text, std::string_view field) {
  WHENCE_ASSIGN_OR_RETURN(Reference reference, ParseReference(text, field));
  if (reference.kind == Reference::Kind::kColumn) return reference;
  return InvalidArgument("REFERENCE_NOT_A_COLUMN", field,
                         StrCat(QuoteForMessage(text), " names no column"),
                         "name it as catalog.schema.asset#column");
}

absl::Status CheckRunState(v1::RunState state, std::string_view field) {
  if (v1::RunState_IsValid(state)) return absl::OkStatus();
  return UnknownEnum(state, "state of a run", field);
}

absl::Status CheckTransformation(v1::TransformationType transformation, std::string_view field) {
  if (v1::TransformationType_IsValid(transformation)) return absl::OkStatus();
  return UnknownEnum(transformation, "transformation", field);
}

absl::Status CheckOutcome(v1::RunState state, std::string_view field) {
  WHENCE_RETURN_IF_ERROR(CheckRunState(state, field));
  if (state == v1::RUN_STATE_COMPLETE || state == v1::RUN_STATE_FAILED ||
      state == v1::RUN_STATE_ABORTED) {
    return absl::OkStatus();
  }
  return InvalidArgument("RUN_STATE_NOT_FINISHED", field, "a run ends COMPLETE, FAILED or ABORTED",
                         "say how it ended");
}

absl::Status CheckRunId(std::string_view id, std::string_view field) {
  if (id.empty()) {
    return InvalidArgument("RUN_ID_MISSING", field, "the run's id is not given",
                           "send the UUID that StartRun or RecordRun answered");
  }
  return CheckUuid(std::string(id), field);
}

absl::Status CheckRun(const v1::Run& run, std::string_view field, Ignored ignored) {
  WHENCE_RETURN_IF_ERROR(CheckIds(run, field, ignored));
  if (!ignored.outcome) {
    WHENCE_RETURN_IF_ERROR(CheckRunState(run.state(), StrCat(field, ".state")));
  }
  WHENCE_RETURN_IF_ERROR(CheckTimes(run, field, ignored));
  WHENCE_RETURN_IF_ERROR(
      CheckCount(static_cast<size_t>(run.reads_size()), kMaxRunEndpoints, StrCat(field, ".reads")));
  for (int i = 0; i < run.reads_size(); ++i) {
    WHENCE_RETURN_IF_ERROR(CheckRead(run.reads(i), StrCat(field, ".reads[", i, "]")));
  }
  WHENCE_RETURN_IF_ERROR(CheckCount(static_cast<size_t>(run.writes_size()), kMaxRunEndpoints,
                                    StrCat(field, ".writes")));
  for (int i = 0; i < run.writes_size(); ++i) {
    WHENCE_RETURN_IF_ERROR(CheckWrite(run.writes(i), StrCat(field, ".writes[", i, "]")));
  }
  WHENCE_RETURN_IF_ERROR(CheckMappings(run, field));
  return CheckTexts(run, field, ignored);
}

}  // namespace whence::service
