#pragma once

// What runs, predictions and declarations name, as an export looks at it: whether they touch a
// catalog, and what they name that is there no more.

#include <cstdint>
#include <string_view>

#include "whence/v1/lineage.pb.h"
#include "whence/v1/prediction.pb.h"

namespace whence::cli {

// Whether the name or reference lies in the catalog (one part, as the server writes it).
bool InCatalog(std::string_view reference, std::string_view catalog);
// Whether anything they name does.
bool InCatalog(const v1::Run& run, std::string_view catalog);
bool InCatalog(const v1::Prediction& prediction, std::string_view catalog);
bool InCatalog(const v1::RecordEdgesRequest& edges, std::string_view catalog);
// Whether anything they name does not.
bool BeyondCatalog(const v1::Run& run, std::string_view catalog);
bool BeyondCatalog(const v1::Prediction& prediction, std::string_view catalog);
bool BeyondCatalog(const v1::RecordEdgesRequest& edges, std::string_view catalog);

// Takes out what names a deleted asset (`id:17@1`): its name may be another's by now, so that no
// line could say it. How many reads, writes, mappings, inputs and so on that were.
int64_t DropDeleted(v1::Run& run);
int64_t DropDeleted(v1::Prediction& prediction);
int64_t DropDeleted(v1::RecordEdgesRequest& edges);

// Whether what made the prediction is deleted: the model, or the endpoint where no model is named.
// Nothing is left to tell then.
bool MakerDeleted(const v1::Prediction& prediction);

}  // namespace whence::cli
