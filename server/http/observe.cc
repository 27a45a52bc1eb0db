#include "http/observe.h"

#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/version.h"
#include "http/wire.h"
#include "service/metrics.h"

namespace whence::http {
namespace {

using service::CallMetrics;

constexpr char kMetricsType[] = "text/plain; version=0.0.4; charset=utf-8";

// Purpose: the text of families of figures. Ownership: owns it. Thread-safety: none.
class Exposition {
 public:
  void Begin(std::string_view name, std::string_view type, std::string_view help) {
    StrAppend(&text_, "# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n");
  }
  template <class Value>
  void Sample(std::string_view name, std::string_view labels, Value value) {
    StrAppend(&text_, name);
    if (!labels.empty()) StrAppend(&text_, "{", labels, "}");
    StrAppend(&text_, " ", value, "\n");
  }
  // A family of one.
  template <class Value>
  void Single(std::string_view name, std::string_view type, std::string_view help, Value value) {
    Begin(name, type, help);
    Sample(name, "", value);
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

double Seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string Labels(const CallMetrics::Key& key) {
  return StrCat("operation=\"", key.first, "\",door=\"", key.second, "\"");
}

void AddCalls(const CallMetrics& metrics, Exposition* out) {
  const std::map<CallMetrics::Key, CallMetrics::Counts> all = metrics.Read();
  out->Begin("whence_calls_total", "counter",
             "Calls answered, by operation, door and status code.");
  for (const auto& [key, counts] : all) {
    for (size_t code = 0; code < counts.codes.size(); ++code) {
      if (counts.codes[code] == 0) continue;
      const std::string name = NameOf(static_cast<absl::StatusCode>(code));
      out->Sample("whence_calls_total", StrCat(Labels(key), ",code=\"", name, "\""),
                  counts.codes[code]);
    }
  }
  out->Begin("whence_call_duration_seconds", "histogram",
             "Time from a call's arrival at the corridor to its answer.");
  for (const auto& [key, counts] : all) {
    const std::string labels = Labels(key);
    uint64_t calls = 0;
    for (size_t i = 0; i < CallMetrics::kSteps.size(); ++i) {
      calls += counts.steps[i];
      out->Sample("whence_call_duration_seconds_bucket",
                  StrCat(labels, ",le=\"", Seconds(CallMetrics::kSteps[i]), "\""), calls);
    }
    calls += counts.steps.back();
    out->Sample("whence_call_duration_seconds_bucket", StrCat(labels, ",le=\"+Inf\""), calls);
    out->Sample("whence_call_duration_seconds_sum", labels, Seconds(counts.time));
    out->Sample("whence_call_duration_seconds_count", labels, calls);
  }
}

void AddWriter(const sql::WriterStats& stats, Exposition* out) {
  out->Single("whence_writer_batches_total", "counter", "Batches committed.", stats.batches);
  out->Single("whence_writer_mutations_total", "counter",
              "Mutations run by the writer; divided by the batches, the size of one.", stats.tasks);
  out->Single("whence_writer_failed_mutations_total", "counter",
              "Mutations that ended with an error.", stats.failed_tasks);
  out->Single("whence_writer_lost_batches_total", "counter", "Batches that could not be committed.",
              stats.lost_batches);
  out->Single("whence_writer_checkpoints_total", "counter", "Checkpoints of the log.",
              stats.checkpoints);
  out->Single("whence_writer_largest_batch", "gauge", "Mutations of the largest batch so far.",
              stats.largest_batch);
  out->Single("whence_writer_log_pages", "gauge", "Pages in the write-ahead log.",
              stats.wal_frames);
  out->Single("whence_writer_queue_mutations", "gauge", "Mutations that wait for the writer.",
              stats.waiting_tasks);
  out->Single("whence_writer_queue_bytes", "gauge", "Bytes of their requests.",
              stats.waiting_bytes);
}

void AddWorld(service::Corridor& corridor, Exposition* out) {
  service::House& house = corridor.house();
  out->Begin("whence_build_info", "gauge", "The program; always 1.");
  out->Sample("whence_build_info", StrCat("version=\"", kVersion, "\""), 1);
  out->Single("whence_start_time_seconds", "gauge", "When the database was opened, since 1970.",
              absl::ToUnixSeconds(house.open_time()));
  out->Single("whence_worker_queue_reads", "gauge", "Long reads that wait for a worker.",
              corridor.workers().waiting());
  out->Single("whence_ledger_position", "gauge", "Position of the newest entry of the ledger.",
              house.ledger().published());
  out->Single("whence_graph_nodes", "gauge", "Nodes of the lineage graph.",
              house.graph().node_count());
  out->Single("whence_graph_edges", "gauge", "Edges of the lineage graph.",
              house.graph().edge_count());
  out->Single("whence_graph_column_nodes", "gauge", "Columns of the lineage graph.",
              house.graph().column_count());
  out->Single("whence_graph_column_edges", "gauge", "Edges between columns.",
              house.graph().column_edge_count());
}

void AddLedger(service::House& house, Exposition* out) {
  const std::optional<ledger::SignedCheckpoint> head = house.log().LatestCheckpoint();
  out->Single("whence_ledger_signed_entries", "gauge", "Entries under the newest signed head.",
              head.has_value() ? head->size : 0);
  out->Single("whence_ledger_signs", "gauge", "1 while the ledger can be signed, else 0.",
              house.log().signing_status().ok() ? 1 : 0);
  out->Begin("whence_ledger_cosigned_entries", "gauge",
             "Entries under the newest head that a witness has cosigned.");
  for (const ledger::WitnessState& state : house.log().witness_book().states()) {
    out->Sample("whence_ledger_cosigned_entries", StrCat("witness=\"", state.url, "\""),
                state.cosigned.has_value() ? state.cosigned->size : 0);
  }
}

void AddConnections(const ConnectionHall& hall, Exposition* out) {
  size_t open = 0;
  {
    const std::lock_guard lock(hall.mutex);
    open = hall.present.size();
  }
  out->Single("whence_http_connections", "gauge", "Connections of HTTP that are open.", open);
  out->Single("whence_http_connections_total", "counter", "Connections that were accepted.",
              hall.accepted.load());
  out->Single("whence_http_connections_refused_total", "counter",
              "Connections that were closed at once, for there were too many.",
              hall.refused.load());
  out->Single("whence_http_unread_reply_bytes", "gauge",
              "Bytes of large replies on their way to their readers.", hall.replies.bytes());
  out->Single("whence_http_incoming_bytes", "gauge", "Bytes of requests on their way in.",
              hall.incoming.bytes());
}

Response Ready(service::Corridor& corridor, const ConnectionHall& hall) {
  absl::Status status = corridor.house().writer().status();
  if (status.ok() && hall.draining) {
    status = Unavailable("SERVER_STOPPING", "the server is stopping", "retry when it is back");
  }
  return status.ok() ? JsonResponse(R"({"status":"ready"})") : ErrorResponse(status, 503);
}

void ServeMetrics(service::Corridor& corridor, const ConnectionHall& hall, Exchange& exchange) {
  service::CallInfo info = exchange.Info();
  const CallMetrics::Timer timer = corridor.metrics().Begin("GetMetrics", info.via);
  const absl::Status admitted = corridor.Admit(info, "GetMetrics");
  timer.End(admitted.code());
  if (!admitted.ok()) {
    corridor.NoteRefused(info, "GetMetrics", admitted);
    exchange.Answer(ErrorResponse(admitted));
    return;
  }
  exchange.Answer({.content_type = kMetricsType, .body = MetricsText(corridor, hall)});
}

}  // namespace

std::string MetricsText(service::Corridor& corridor, const ConnectionHall& hall) {
  Exposition out;
  AddCalls(corridor.metrics(), &out);
  AddWriter(corridor.house().writer().stats(), &out);
  AddWorld(corridor, &out);
  AddLedger(corridor.house(), &out);
  AddConnections(hall, &out);
  return out.Take();
}

void AddObserveRoutes(service::Corridor* corridor, const ConnectionHall* hall, Router* router) {
  router->Add("GET", "/healthz", [](const std::shared_ptr<Exchange>& exchange, const PathValues&) {
    exchange->Answer(JsonResponse(R"({"status":"alive"})"));
  });
  router->Add("GET", "/readyz",
              [corridor, hall](const std::shared_ptr<Exchange>& exchange, const PathValues&) {
                exchange->Answer(Ready(*corridor, *hall));
              });
  router->Add("GET", "/metrics",
              [corridor, hall](const std::shared_ptr<Exchange>& exchange, const PathValues&) {
                ServeMetrics(*corridor, *hall, *exchange);
              });
}

}  // namespace whence::http
