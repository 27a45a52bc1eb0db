#include "service/effective_tag_ops.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "access/classification.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/tag.h"
#include "lineage/run_store.h"
#include "service/as_of.h"
#include "service/run_convert.h"
#include "service/tag_target.h"

namespace whence::service {
namespace {

using lineage::ColumnId;
// By key. Of a derived one there may be several values.
using TagMap = std::map<std::string, std::vector<v1::EffectiveTag>>;

// What is nearer takes the place of all that has the same key.
void Override(const std::vector<catalog::Tag>& tags, v1::TagOrigin origin,
              const std::string& source, TagMap& map) {
  for (const catalog::Tag& tag : tags) {
    v1::EffectiveTag effective;
    effective.set_key(tag.key);
    effective.set_value(tag.value);
    effective.set_origin(origin);
    effective.set_source(source);
    map[tag.key] = {std::move(effective)};
  }
}

// Purpose: collects the effective tags of one thing and its columns. Ownership: borrows the call.
// Thread-safety: one thread.
class EffectiveTags {
 public:
  EffectiveTags(Call& call, Position as_of, const TagTarget& target)
      : call_(call),
        connection_(call.connection()),
        as_of_(as_of),
        target_(target),
        names_(call, as_of) {}

  // What the columns have by lineage: at present, or as of a position of the past.
  absl::Status LoadClasses(bool present, std::span<const ColumnId> columns) {
    if (present) classes_.emplace(call_.house().classification().snapshot());
    // A moment newer than what this call reads, it may name what is not there yet.
    if (!present || classes_->position() > as_of_) {
      WHENCE_ASSIGN_OR_RETURN(
          access::Classification::Past past,
          access::Classification::LoadAsOf(connection_, call_.house().graph(), as_of_, columns,
                                           kMaxPastClassification));
      classes_ = std::move(past.classes);
      if (past.cut) {
        Cut(StrCat("of the past only ", kMaxPastClassification, " columns above were looked at"));
      }
    }
    if (classes_->full()) {
      Cut(StrCat("more than ", kMaxDerivedTags, " tags are derived; the furthest are missing"));
    }
    return absl::OkStatus();
  }

  // Tags of the target: without a column its own and inherited ones.
  absl::StatusOr<TagMap> OfTarget(ColumnId column) {
    TagMap map;
    WHENCE_RETURN_IF_ERROR(AddInherited(map));
    if (target_.column.empty()) return map;
    WHENCE_RETURN_IF_ERROR(AddDerived(column, map));
    WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> own,
                            catalog::ListTags(connection_, as_of_, target_.id, target_.column));
    Override(own, v1::TAG_ORIGIN_DIRECT, target_.name, map);
    return map;
  }

  // Own and derived tags of the asset's columns, by name.
  absl::StatusOr<std::map<std::string, TagMap>> OfColumns(std::span<const ColumnId> columns) {
    std::map<std::string, TagMap> maps;
    for (const ColumnId column : columns) {
      WHENCE_RETURN_IF_ERROR(call_.StillWanted());
      TagMap map;
      WHENCE_RETURN_IF_ERROR(AddDerived(column, map));
      if (map.empty()) continue;
      WHENCE_ASSIGN_OR_RETURN(const lineage::ColumnKey key,
                              lineage::GetColumn(connection_, as_of_, column));
      maps[key.name] = std::move(map);
    }
    WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::ColumnTag> own,
                            catalog::ListColumnTags(connection_, as_of_, target_.id));
    for (const catalog::ColumnTag& tag : own) {
      Reference reference;
      reference.kind = Reference::Kind::kColumn;
      reference.name = target_.securable.path;
      reference.column = tag.column;
      Override({tag.tag}, v1::TAG_ORIGIN_DIRECT, FormatReference(reference), maps[tag.column]);
    }
    return maps;
  }

  // Puts them into the answer, as far as that has room.
  void Put(TagMap&& map, google::protobuf::RepeatedPtrField<v1::EffectiveTag>* out) {
    for (auto& [key, tags] : map) {
      for (v1::EffectiveTag& tag : tags) {
        if (++count_ > kMaxEffectiveTags) {
          CutTags();
          return;
        }
        *out->Add() = std::move(tag);
      }
    }
  }

  const std::string& cut() const { return cut_; }

 private:
  // From the catalog down to the target, or to the asset of a column.
  absl::Status AddInherited(TagMap& map) {
    const std::vector<std::string>& path = target_.securable.path;
    WHENCE_ASSIGN_OR_RETURN(const catalog::Trail trail,
                            catalog::FollowPath(connection_, as_of_, path));
    for (size_t i = 0; i < trail.found; ++i) {
      WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> tags,
                              catalog::ListTags(connection_, as_of_, trail.steps[i].id, ""));
      const bool direct = trail.steps[i].id == target_.id && target_.column.empty();
      Override(tags, direct ? v1::TAG_ORIGIN_DIRECT : v1::TAG_ORIGIN_INHERITED,
               FormatName(std::span(path).first(i + 1)), map);
    }
    if (target_.id == target_.securable.id) return absl::OkStatus();
    WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> tags,
                            catalog::ListTags(connection_, as_of_, target_.id, ""));
    Override(tags, v1::TAG_ORIGIN_DIRECT, target_.name, map);
    return absl::OkStatus();
  }

  absl::Status AddDerived(ColumnId column, TagMap& map) {
    if (column == 0) return absl::OkStatus();
    TagMap derived;
    for (const access::DerivedTag& one : classes_->Of(column)) {
      if (++derived_ > kMaxEffectiveTags) {
        CutTags();
        break;
      }
      v1::EffectiveTag tag;
      tag.set_key(one.tag->key);
      tag.set_value(one.tag->value);
      tag.set_origin(v1::TAG_ORIGIN_DERIVED);
      WHENCE_RETURN_IF_ERROR(AddPath(column, one, tag));
      derived[one.tag->key].push_back(std::move(tag));
    }
    for (auto& [key, tags] : derived) map[key] = std::move(tags);
    return absl::OkStatus();
  }

  absl::Status AddPath(ColumnId column, const access::DerivedTag& derived, v1::EffectiveTag& tag) {
    walked_ += derived.hops;
    if (walked_ > kMaxEffectiveTagWalk) {
      Cut(StrCat("sources are looked for over at most ", kMaxEffectiveTagWalk, " steps"));
      return absl::OkStatus();
    }
    const std::vector<ColumnId> path = classes_->PathOf(column, *derived.tag);
    WHENCE_ASSIGN_OR_RETURN(*tag.mutable_source(), names_.ColumnReferenceOf(path.front()));
    steps_ += path.size();
    if (steps_ > kMaxEffectiveTagSteps) {
      Cut(StrCat("an answer has paths of at most ", kMaxEffectiveTagSteps, " columns"));
      return absl::OkStatus();
    }
    for (const ColumnId step : path) {
      WHENCE_ASSIGN_OR_RETURN(*tag.add_path(), names_.ColumnReferenceOf(step));
    }
    return absl::OkStatus();
  }

  void CutTags() { Cut(StrCat("an answer has at most ", kMaxEffectiveTags, " tags")); }
  // Each reason once.
  void Cut(const std::string& reason) {
    if (cut_.find(reason) != std::string::npos) return;
    StrAppend(&cut_, cut_.empty() ? "" : "; ", reason);
  }

  Call& call_;
  sql::Connection& connection_;
  const Position as_of_;
  const TagTarget& target_;
  AssetNames names_;
  std::optional<access::Classes> classes_;
  std::string cut_;
  size_t count_ = 0;    // tags in the answer
  size_t derived_ = 0;  // of these, or put aside by nearer ones
  size_t steps_ = 0;    // in paths
  size_t walked_ = 0;   // to where tags were set
};

bool IsOfTime(const v1::AsOf& as_of) { return as_of.ByteSizeLong() > 0; }

}  // namespace

absl::StatusOr<v1::GetEffectiveTagsResponse> GetEffectiveTags(
    Call& call, const v1::GetEffectiveTagsRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(const Reference reference,
                          ParseTagTarget(request.reference(), "reference"));
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(const TagTarget target, FindTagTarget(call, as_of, reference));
  const bool whole = request.columns() && reference.kind == Reference::Kind::kSecurable &&
                     reference.name.size() == kMaxNameParts;
  std::vector<ColumnId> columns;
  if (whole) {
    WHENCE_ASSIGN_OR_RETURN(const std::vector<int64_t> ids,
                            lineage::ListColumnIds(connection, as_of, target.id));
    columns.assign(ids.begin(), ids.end());
  } else if (!target.column.empty()) {
    WHENCE_ASSIGN_OR_RETURN(
        const int64_t id,
        lineage::FindColumn(connection, as_of, {.asset_id = target.id, .name = target.column}));
    if (id != 0) columns.push_back(static_cast<ColumnId>(id));
  }
  EffectiveTags tags(call, as_of, target);
  WHENCE_RETURN_IF_ERROR(tags.LoadClasses(!IsOfTime(request.as_of()), columns));
  v1::GetEffectiveTagsResponse response;
  response.set_reference(target.name);
  WHENCE_ASSIGN_OR_RETURN(TagMap of_target,
                          tags.OfTarget(whole || columns.empty() ? ColumnId{0} : columns.front()));
  tags.Put(std::move(of_target), response.mutable_tags());
  if (whole) {
    WHENCE_ASSIGN_OR_RETURN(auto of_columns, tags.OfColumns(columns));
    for (auto& [name, map] : of_columns) {
      v1::ColumnTags* const column = response.add_columns();
      column->set_column(name);
      tags.Put(std::move(map), column->mutable_tags());
    }
  }
  response.set_truncated(tags.cut());
  response.set_position(as_of);
  return response;
}

}  // namespace whence::service
