// ListDeclarations: what was declared, in the form in which it is declared.

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "lineage/run_store.h"
#include "service/paging.h"
#include "service/run_convert.h"
#include "service/run_ops.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

// Purpose: the edges of one declaration. All that it read leads to all that it wrote (declare.h);
// what columns say of their tables is left to them. A column means its asset's newest version at
// that moment, so the newest that the declaration has of the asset.
// Ownership: borrows the names. Thread-safety: one thread.
class EdgeLister {
 public:
  EdgeLister(AssetNames& names, v1::Declaration* out) : names_(names), out_(*out) {}

  absl::Status Put(int64_t id) {
    WHENCE_ASSIGN_OR_RETURN(const std::vector<lineage::DataEdge> data,
                            lineage::ListDataEdges(names_.connection(), names_.as_of(), id));
    for (const lineage::DataEdge& edge : data) {
      Side& side = edge.direction == lineage::EdgeDirection::kRead ? sources_ : targets_;
      side.edges.push_back(&edge);
      side.newest[edge.asset_id] = edge.node_id;  // nodes come in the order of their ids
    }
    WHENCE_ASSIGN_OR_RETURN(const std::vector<lineage::ColumnLink> links,
                            lineage::ListColumnLinks(names_.connection(), names_.as_of(), id));
    WHENCE_RETURN_IF_ERROR(NoteTables(links));
    WHENCE_RETURN_IF_ERROR(PutTables());
    return PutColumns(links);
  }

 private:
  // What was read, or written.
  struct Side {
    std::vector<const lineage::DataEdge*> edges;
    std::map<int64_t, int64_t> newest;  // the newest node of each asset
  };

  absl::Status NoteTables(const std::vector<lineage::ColumnLink>& links) {
    for (const lineage::ColumnLink& link : links) {
      WHENCE_ASSIGN_OR_RETURN(const int64_t source, names_.AssetOfColumn(link.source_id));
      WHENCE_ASSIGN_OR_RETURN(const int64_t target, names_.AssetOfColumn(link.target_id));
      brought_.emplace(sources_.newest[source], targets_.newest[target]);
    }
    return absl::OkStatus();
  }

  absl::Status PutTables() {
    for (const lineage::DataEdge* target : targets_.edges) {
      for (const lineage::DataEdge* source : sources_.edges) {
        if (brought_.contains({source->node_id, target->node_id})) continue;
        v1::DeclaredEdge* edge = out_.add_edges();
        WHENCE_ASSIGN_OR_RETURN(*edge->mutable_source(),
                                names_.ReferenceOf(source->asset_id, source->version));
        WHENCE_ASSIGN_OR_RETURN(*edge->mutable_target(),
                                names_.ReferenceOf(target->asset_id, target->version));
      }
    }
    return absl::OkStatus();
  }

  absl::Status PutColumns(const std::vector<lineage::ColumnLink>& links) {
    for (const lineage::ColumnLink& link : links) {
      v1::DeclaredEdge* edge = out_.add_edges();
      WHENCE_ASSIGN_OR_RETURN(*edge->mutable_source(), names_.ColumnReferenceOf(link.source_id));
      WHENCE_ASSIGN_OR_RETURN(*edge->mutable_target(), names_.ColumnReferenceOf(link.target_id));
      edge->set_transformation(static_cast<v1::TransformationType>(link.transformation));
      edge->set_masking(link.masking);
    }
    return absl::OkStatus();
  }

  AssetNames& names_;
  v1::Declaration& out_;
  Side sources_;
  Side targets_;
  std::set<std::pair<int64_t, int64_t>> brought_;  // pairs of nodes that columns said
};

// Fills one page; remembers where it stopped.
class DeclarationPage {
 public:
  DeclarationPage(Call& call, const Page& page, v1::ListDeclarationsResponse* response)
      : call_(call), page_(page), names_(call, page.position), response_(*response) {}

  // False: the declaration belongs to the next page, or there is an error.
  bool Take(lineage::Declaration&& declaration) {
    if (response_.declarations_size() >= page_.limit || bytes_ >= kMaxPageBytes) return false;
    if (status_ = call_.StillWanted(); !status_.ok()) return false;
    const absl::StatusOr<bool> sees =
        call_.visibility().SeesDeclaration(declaration.id, declaration.creator);
    if (status_ = sees.status(); !status_.ok()) return false;
    if (!*sees) {
      last_id_ = declaration.id;
      return ++hidden_ < kMaxScanPerPage;
    }
    v1::Declaration* out = response_.add_declarations();
    out->set_id(declaration.id);
    out->set_comment(std::move(declaration.comment));
    out->set_creator(std::move(declaration.creator));
    *out->mutable_create_time() = TimeToProto(declaration.create_time);
    out->set_position(declaration.position);
    status_ = EdgeLister(names_, out).Put(declaration.id);
    bytes_ += out->ByteSizeLong();
    last_id_ = declaration.id;
    return status_.ok();
  }

  const absl::Status& status() const { return status_; }
  int64_t last_id() const { return last_id_; }

 private:
  Call& call_;
  const Page& page_;
  AssetNames names_;
  v1::ListDeclarationsResponse& response_;
  size_t bytes_ = 0;
  int64_t hidden_ = 0;
  int64_t last_id_ = 0;
  absl::Status status_;
};

// The id in a page token; 0 on the first page.
absl::StatusOr<int64_t> StartOf(const Page& page) {
  int64_t before = 0;
  if (page.key.empty()) return before;
  if (absl::SimpleAtoi(page.key.front(), &before) && before > 0) return before;
  return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                         "start again without a page_token");
}

}  // namespace

absl::StatusOr<v1::ListDeclarationsResponse> ListDeclarations(
    Call& call, const v1::ListDeclarationsRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Page page, OpenPage(call, request.page_size(), request.page_token(),
                                                    request.as_of(), {"ListDeclarations"}));
  WHENCE_ASSIGN_OR_RETURN(const int64_t before, StartOf(page));
  v1::ListDeclarationsResponse response;
  DeclarationPage filler(call, page, &response);
  WHENCE_ASSIGN_OR_RETURN(const bool complete,
                          lineage::ListDeclarations(call.connection(), page.position, before,
                                                    [&filler](lineage::Declaration&& declaration) {
                                                      return filler.Take(std::move(declaration));
                                                    }));
  WHENCE_RETURN_IF_ERROR(filler.status());
  if (!complete) {
    response.set_next_page_token(NextPageToken(page, {absl::StrCat(filler.last_id())}));
  }
  return response;
}

}  // namespace whence::service
