#pragma once

// Every bound of the server, each with its reason. A bound exists so that no caller can make the
// server hang, swell or store what it cannot serve again; a request beyond it gets a named error
// that says the bound, and a walk that meets it says so in its reply.

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace whence {

// --- Names and texts ---

// One part of a name (catalog, schema, asset or column). Unity Catalog's bound, so that every name
// of a client that we imitate fits; also the longest file name of common file systems.
inline constexpr size_t kMaxNamePartBytes = 255;
// Parts of a name: catalog.schema.asset.
inline constexpr size_t kMaxNameParts = 3;
// Comments are for people: several pages of text are plenty, a book is an asset of its own.
inline constexpr size_t kMaxCommentBytes = size_t{64} << 10;
// An e-mail address or a service's name: RFC 5321 allows 254 bytes.
inline constexpr size_t kMaxPrincipalBytes = 255;
// Calls a second that one principal may be allowed: more than one server answers.
inline constexpr int64_t kMaxCallsPerSecond = 1'000'000;
// Bytes of requests a second that one principal may be allowed: what loopback carries.
inline constexpr int64_t kMaxRequestBytesPerSecond = int64_t{1} << 30;
// Locations, code references and links: what browsers, proxies and object stores take as one URL.
inline constexpr size_t kMaxUriBytes = 4096;
// "<algorithm>:<hex>": the longest is sha512 with 135 bytes; opaque ones have 200 after the colon.
inline constexpr size_t kMaxDigestBytes = 207;

// --- Assets and versions ---

// Free properties of one object. Engines write tens (Delta, Iceberg); hundreds are a data dump.
inline constexpr size_t kMaxProperties = 256;
// As long as a name part, for the same reason.
inline constexpr size_t kMaxPropertyKeyBytes = 255;
// Room for a JSON document such as a Spark schema of a narrow table.
inline constexpr size_t kMaxPropertyValueBytes = size_t{16} << 10;
// Columns of one version. Wide feature tables have thousands; BigQuery stops at 10,000 as well.
inline constexpr size_t kMaxColumns = 10'000;
// A type as an engine prints it; nested structs of wide tables are long.
inline constexpr size_t kMaxColumnTypeBytes = size_t{16} << 10;
// A prompt's template. The largest context windows take a few MiB; a template is the fixed part.
inline constexpr size_t kMaxTemplateBytes = size_t{1} << 20;
// Metrics of one model version: every metric of a large evaluation suite.
inline constexpr size_t kMaxMetrics = 1000;
// Aliases that stand at one asset: "champion", "challenger" and one per environment.
inline constexpr size_t kMaxAliasesPerAsset = 100;
// As model registries allow, and enough for a semantic version with build metadata.
inline constexpr size_t kMaxAliasBytes = 128;
// A reference as text: a name's three parts and a column at their longest, each byte of them
// doubled and all in quotes, and a version or alias. More is not scanned.
inline constexpr size_t kMaxReferenceBytes = 4 * (2 * kMaxNamePartBytes + 3) + kMaxAliasBytes + 1;
// Tags of one asset, column or version: Unity Catalog's bound.
inline constexpr size_t kMaxTagsPerTarget = 50;
// Tags of all columns of one asset together: one for each of kMaxColumns columns. Every change of
// the asset reads them for search.
inline constexpr size_t kMaxColumnTagsPerAsset = 10'000;
// Unity Catalog's bound of a tag's key.
inline constexpr size_t kMaxTagKeyBytes = 255;
// Unity Catalog's bound of a tag's value.
inline constexpr size_t kMaxTagValueBytes = 1000;
// OpenLineage (namespace, name) pairs of one asset: one per engine and path it is known by.
inline constexpr size_t kMaxDatasetIdentities = 100;
// Each half of such a pair: namespaces are URIs with a host, names are often object-store paths.
inline constexpr size_t kMaxDatasetIdentityBytes = 4096;

// Parameters of one function; databases stop at about a hundred, generated tools have more.
inline constexpr size_t kMaxFunctionParameters = 1000;
// A view's query or a function's body: the same as a template.
inline constexpr size_t kMaxBodyBytes = size_t{1} << 20;
// Short words of a detail: a format, framework, language or job type.
inline constexpr size_t kMaxWordBytes = 255;
// Models or agents that one endpoint serves: a router in front of every model of a team.
inline constexpr size_t kMaxServed = 100;

// --- Runs and lineage ---

// Reads, or writes, of one call, all of its runs together.
inline constexpr size_t kMaxRunEndpoints = 10'000;
// Reads and writes that one run has, by however many calls: those of the largest call. GetRun
// answers all of them at once.
inline constexpr size_t kMaxRunEdges = 2 * kMaxRunEndpoints;
// Edges on one side of one node, and versions of one asset: the graph counts those of a node in 28
// bits. A hundred runs a second read a version for a month; the rest is room for one commit.
inline constexpr size_t kMaxNodeEdges = (size_t{1} << 28) - (size_t{1} << 24);
// Reads, writes and column pairs that the answer to a further event of a run repeats, unless the
// event itself had as many: the writer would read them for every small change.
inline constexpr size_t kMaxEchoedEdges = 1000;
// Column mappings of one call, and of one run by however many calls: a join of two tables of
// kMaxColumns columns, with room.
inline constexpr size_t kMaxColumnMappings = 100'000;
// The producer's own words for how one column comes from another: as long as a link.
inline constexpr size_t kMaxTransformationBytes = kMaxUriBytes;
// Characters of all such words that one run has, by however many calls: those of the largest call.
// GetRun answers all of them at once.
inline constexpr size_t kMaxRunTransformations = size_t{16} << 20;
// Declared edges of one call: enough for the columns of a wide view, little enough for one
// transaction.
inline constexpr size_t kMaxDeclaredEdges = 10'000;
// Parameters of one run: a training run with every hyperparameter spelled out.
inline constexpr size_t kMaxParameters = 1000;
// Bytes of one parameter's key, as long as a property's.
inline constexpr size_t kMaxParameterKeyBytes = 255;
// Bytes of one parameter's value: MLflow allows 6,000; a small configuration file fits as well.
inline constexpr size_t kMaxParameterValueBytes = size_t{16} << 10;
// Items of one batch call: one batch is one transaction, and nobody else's write waits for more.
inline constexpr size_t kMaxBatchItems = 1000;
// Nodes that a walk returns unless told otherwise: more than a person reads or a page draws.
inline constexpr int32_t kDefaultWalkNodes = 10'000;
// Nodes that a walk may be asked for: bounds the reply's memory (about 200 bytes a node).
inline constexpr int32_t kMaxWalkNodes = 1'000'000;
// Nodes of a walk that is described on the thread on which the question arrived, which others wait
// for: about a millisecond's work. More is done on the workers.
inline constexpr size_t kMaxBriefNodes = 200;
// Edges, reads, writes or pairs of columns, for the same reason.
inline constexpr size_t kMaxBriefEdges = 2000;
// Steps that a walk may be asked for; longer chains than this are cycles or artefacts.
inline constexpr int32_t kMaxDepth = 1000;
// Edges of an answer for each node asked for, and of any answer. Between few nodes there may be
// very many: runs without number may have read the same table. An edge takes some 25 bytes of the
// reply, of columns 70: the largest answer's edges take as much as its nodes.
inline constexpr size_t kMaxEdgesPerNode = 100;
inline constexpr size_t kMaxWalkEdges = 4'000'000;
// Beginnings of paths that are put together to find all shortest ones, however many nodes were
// asked for: 40 MB. Graphs with cycles have more dead ends than atoms in the world.
inline constexpr size_t kMaxPathSteps = 1'000'000;

// Edges of an answer at the grain of assets, or without some kinds, for each node asked for: such
// edges stand for ways through what was left out, and there may be many more ways than nodes.
inline constexpr size_t kMaxDerivedEdgesPerNode = 10;
// Edges looked at to find one of them, on average: bounds the time where most lead nowhere.
inline constexpr size_t kMaxStepsPerDerivedEdge = 20;
// Affected assets that Impact lists unless told otherwise: as many as a person looks through.
inline constexpr int32_t kDefaultImpactAssets = 1000;
// Affected assets that it may be asked to list: each is described, with a path when asked for.
inline constexpr int32_t kMaxImpactAssets = 10'000;
// Kinds that a question names: each once, with room for those to come. Each is compared with every
// hit.
inline constexpr size_t kMaxKinds = 100;

// --- Access ---

// E-mail addresses of one principal: SCIM directories carry a few (work, home, old ones).
inline constexpr size_t kMaxEmails = 20;
// Direct members of one group: a whole company of usual size. Whatever changes at a group is worked
// out for each of them, by the writer, in a few hundredths of a second.
inline constexpr size_t kMaxGroupMembers = 10'000;
// Groups one inside the other: organisations are about ten levels deep. What walks them recurses.
inline constexpr int kMaxGroupDepth = 20;
// Tokens of one principal that are not revoked: one for each machine a service runs on. Every one
// is in memory.
inline constexpr size_t kMaxTokensPerPrincipal = 1000;
// Securables that one token is limited to: decisions look through them.
inline constexpr size_t kMaxTokenScope = 100;
// Principals that hold grants on one securable itself: decisions look through them, in about a
// microsecond. More people than that belong in groups.
inline constexpr size_t kMaxGrantsPerSecurable = 1000;

// --- Predictions ---

// A prediction's id is the client's: a UUID, a trace id or "answer-42".
inline constexpr size_t kMaxPredictionIdBytes = 128;
// Input or output text kept with a prediction; a larger one is given by digest and location.
inline constexpr size_t kMaxPredictionTextBytes = size_t{256} << 10;
// Items retrieved for one prediction: retrieval hands a model tens, a reranker hundreds.
inline constexpr size_t kMaxRetrievedItems = 1000;
// Prompt versions of one prediction: system, task, persona and tools; agents chain some tens.
inline constexpr size_t kMaxPredictionPrompts = 100;
// Other versions that one prediction read: features and documents.
inline constexpr size_t kMaxPredictionInputs = 1000;
// An item's id inside its index, and where it stands in its source: paths and anchors.
inline constexpr size_t kMaxItemIdBytes = 1024;
// The beginning of a retrieved text: a few paragraphs show what it was.
inline constexpr size_t kMaxExcerptBytes = size_t{16} << 10;
// What went wrong in a run or prediction: a stack trace fits.
inline constexpr size_t kMaxErrorMessageBytes = size_t{16} << 10;
// Predictions of one batch or one stream message; one ledger entry covers them all.
inline constexpr size_t kMaxPredictionBatch = 10'000;
// References (endpoints, models, prompts, inputs, retrieved items and their sources) of all of them
// together: each may be a row, and nobody else's write waits for more.
inline constexpr size_t kMaxBatchParents = 200'000;

// --- Governed tags, classification ---

// Definitions of tags of one metastore: a vocabulary that people know, not a list of all keys.
inline constexpr size_t kMaxTagDefinitions = 1000;
// Values that a definition allows: the countries of the world twice, or a company's departments.
inline constexpr size_t kMaxTagDefinitionValues = 500;
// Principals that may assign a tag: more is a group.
inline constexpr size_t kMaxTagAssigners = 100;
// Bytes of a whole definition, as it is stored: a list of values that people still look through.
inline constexpr size_t kMaxTagDefinitionBytes = size_t{64} << 10;
// Declassifications of one asset: one for each of kMaxColumns columns.
inline constexpr size_t kMaxDeclassificationsPerAsset = 10'000;
// Why a column was declassified: a paragraph. Auditors read it in lists.
inline constexpr size_t kMaxDeclassificationCommentBytes = 1024;
// Tags that columns have by lineage, all together. Each takes some 100 bytes, and a change at the
// root of all of them works through all of them in about a second, in which nothing is written.
inline constexpr size_t kMaxDerivedTags = 1'000'000;
// Columns above those asked about that a question about derived tags of the past looks at: each
// takes a few queries.
inline constexpr size_t kMaxPastClassification = 10'000;
// Tags in one answer about effective tags, and steps of the paths that say why they are there.
// Fifty tags on each column of a wide table; a step is a name.
inline constexpr size_t kMaxEffectiveTags = 20'000;
inline constexpr size_t kMaxEffectiveTagSteps = 20'000;
// Steps that are followed for one answer to where its tags were set: a second's work. The way of
// one tag, which passes none of them twice, always fits.
inline constexpr size_t kMaxEffectiveTagWalk = kMaxDerivedTags;

// --- Policies ---

// Policies of one metastore: each is held compiled, in memory.
inline constexpr int64_t kMaxPolicies = 10'000;
// A policy's name, as a name part.
inline constexpr size_t kMaxPolicyNameBytes = 255;
// Principals that a policy is for, and excepted ones: more is a group. Each decision asks about
// each.
inline constexpr size_t kMaxPolicyPrincipals = 100;
// Columns that a policy names: more is a tag.
inline constexpr size_t kMaxPolicyColumns = 1000;
// Tags of one condition, as many as a column may have.
inline constexpr size_t kMaxPolicyTags = kMaxTagsPerTarget;
// A policy's priority, either way: people number in tens and hundreds.
inline constexpr int64_t kMaxPolicyPriority = 1'000'000;
// Bytes of a whole definition: SQL for every dialect fits, with a list of columns.
inline constexpr size_t kMaxPolicyBytes = size_t{64} << 10;
// An SQL expression of a policy, for one dialect: a page of it. Engines get it in every answer.
inline constexpr size_t kMaxPolicySqlBytes = size_t{4} << 10;
// Arrays and objects inside each other in a policy, or a governed tag, as it is stored: ours have
// three. What reads them recurses.
inline constexpr size_t kMaxDefinitionDepth = 8;
// A type that masks know by its name: `timestamp(6) with time zone`. Longer ones are nested types,
// which no engine has a default value or a cast for.
inline constexpr size_t kMaxPlainTypeBytes = 100;
// A mask's salt: a 32-byte key in hexadecimal, with room.
inline constexpr size_t kMaxMaskSaltBytes = 128;
// A mask's constant: it stands in place of every value.
inline constexpr size_t kMaxMaskConstantBytes = 1000;
// Comparisons of one row filter in the portable form, and values of one list: each is compared with
// every row.
inline constexpr size_t kMaxRowConditions = 100;
inline constexpr size_t kMaxRowValues = 500;
// Questions of one DecideBatch: a catalog's tables, filtered for who lists them.
inline constexpr size_t kMaxDecideQuestions = 1000;
// Bytes of the questions that a door puts into one DecideBatch: a usual one has a hundred, and one
// with kMaxExtraGroups groups up to a quarter of this.
inline constexpr size_t kDecideBatchBytes = size_t{1} << 20;
// Of these, so many are decided where they arrived, in a few hundred microseconds; more go to a
// worker.
inline constexpr int kMaxBriefQuestions = 200;
// Bytes, roughly, that the filters and masks of one answer take: thousands of columns with short
// ones. One mask may have 28 KiB of SQL, stand at every column of a table, and be asked about a
// thousand times in one request.
inline constexpr size_t kMaxDecisionBytes = size_t{32} << 20;
// Groups that one question names beside the stored ones: as many as a token of an issuer may.
inline constexpr size_t kMaxExtraGroups = 1000;
// How far back a preview looks for reads, and how many recorded runs, and as many predictions, it
// looks at: what a person wants to know of a week, in well under a second.
inline constexpr absl::Duration kMaxPreviewWindow = absl::Hours(90 * 24);
inline constexpr absl::Duration kDefaultPreviewWindow = absl::Hours(7 * 24);
inline constexpr int64_t kMaxRecentReads = 100'000;
// Principals that one preview is about: of more, nobody reads the list. Each is asked about on each
// asset.
inline constexpr size_t kMaxPreviewPrincipals = 10'000;
// Parts of a table's or view's name as an engine has it: three or four everywhere.
inline constexpr size_t kMaxEngineNameParts = 8;
// One of them: the longest that an engine takes is Snowflake's, with 255 characters; others than
// ASCII have up to four bytes.
inline constexpr size_t kMaxEngineNamePartBytes = 1020;

// --- Requests ---

// A request_id: a UUID has 36 bytes; trace ids and "<job>/<date>/<n>" are longer.
inline constexpr size_t kMaxRequestIdBytes = 128;
// How long the first answer to a request_id is kept: longer than any retry loop or weekend outage.
inline constexpr absl::Duration kRequestIdRetention = absl::Hours(7 * 24);
// How long uses of tokens are collected before they are written, together: `last used` is for
// people who look for tokens that nobody needs any more.
inline constexpr absl::Duration kTokenUseInterval = absl::Minutes(1);
// How often the writer looks for answers that were kept long enough.
inline constexpr absl::Duration kRequestPruneInterval = absl::Minutes(1);
// Answers forgotten in one mutation: more than one mutation adds, done in well under a millisecond.
inline constexpr int kMaxPrunedRequests = 100;
// Bytes of an answer that is kept for its request_id: one of a thousand runs, or an asset with
// thousands of columns. A larger one would make a small request cost as much again in storage.
inline constexpr size_t kMaxStoredAnswerBytes = size_t{1} << 20;
// From here on an answer that is kept is a large one: beyond a page of the database, which any
// mutation writes several of. A small request may have a large answer.
inline constexpr size_t kLargeAnswerBytes = 4096;
// Bytes of all large answers that are kept, so that a week of them cannot fill the disk: four
// hundred thousand of 10 KiB. Beyond it the oldest are given up, for who repeats a request does so
// soon; that the request was executed is remembered all the same.
inline constexpr int64_t kMaxLargeAnswersBytes = int64_t{4} << 30;
// Bytes of details that the versions of one mutation take over from their assets. Each is a copy,
// made by the writer for a request of a few bytes; two of the largest fit.
inline constexpr size_t kMaxInheritedBytes = size_t{32} << 20;
// Cells of the tables of edit distances that are filled to find what a wrong name may have meant:
// the five hundred names around one of usual length, in well under a millisecond.
inline constexpr size_t kMaxHintCells = size_t{1} << 18;
// Names looked at on either side of a wrong one, in order of names: a slip of the pen is mostly not
// in the first letters. Bounds what a wrong name may cost the writer.
inline constexpr int kHintNamesPerSide = 250;
// A filter is parsed and held per call; what people and programs write is under a few hundred.
inline constexpr size_t kMaxFilterBytes = 4096;
// Comparisons of a filter: each is evaluated for every row of a page.
inline constexpr size_t kMaxFilterTerms = 100;
// Nested parentheses of a filter: the parser recurses.
inline constexpr size_t kMaxFilterDepth = 20;
// Text of one asset that search can find it by, per field (comments, columns, tags, template): the
// writer indexes it inside the mutation, and nobody reads further than this.
inline constexpr size_t kMaxSearchTextBytes = size_t{1} << 20;
// Bytes of a commit that a byte of such a text counts as: the index takes some 300 nanoseconds for
// it, and the log 6 for a byte that is merely written. A commit has a MiB of text, or two of the
// largest assets, each indexed twice at most, however many of its changes are small ones to these.
inline constexpr size_t kSearchTextWeight = 16;
inline constexpr size_t kMaxSearchTextWeight = size_t{8} << 20;
// Words searched for: more is a document, not a query.
inline constexpr size_t kMaxSearchQueryBytes = 1000;
// Hits that one search goes through: a word that more assets have finds nothing for anybody. Each
// takes eight bytes while the search has further pages.
inline constexpr int kMaxSearchHits = 100'000;
// Bytes, roughly, of searches that have further pages, all callers together: forty of the largest,
// or thousands of those that people make. The one that was not asked about for longest is
// forgotten.
inline constexpr size_t kMaxSearchBytes = size_t{32} << 20;
// Items of a page unless told otherwise: about a screen or two.
inline constexpr int32_t kDefaultPageSize = 50;
// Items of a page at most: bounds the memory and the latency of one reply.
inline constexpr int32_t kMaxPageSize = 1000;
// Rows looked at for one page: a filter that matches next to nothing must not scan the whole list
// in one call. The page then comes back short, with a token to go on.
inline constexpr int64_t kMaxScanPerPage = 10'000;
// Grants to a caller, things that it owns, its groups and what moved since: gone through for one
// page of a list that hides most. Then the list is put together from these, and its pages are full
// whatever lies in between. For more than a scan looks at, the scan is the better way.
inline constexpr size_t kMaxListCandidates = 10'000;
// Bytes of one page's items, roughly: a page of assets with thousands of columns comes back short,
// well below what a message may hold.
inline constexpr size_t kMaxPageBytes = size_t{4} << 20;
// Bytes of the details, parameters and other rich parts in one graph of lineage; nodes after that
// come without. A graph of the default size with schemas of usual width fits.
inline constexpr size_t kMaxGraphDetailBytes = size_t{32} << 20;
// Up to this a node counts as having none of these: it is names, numbers and times. Walks return a
// million of them.
inline constexpr size_t kPlainNodeBytes = 1024;
// A page token as text. It holds the last item's key: at most three name parts and a few numbers.
inline constexpr size_t kMaxPageTokenBytes = 4096;

// --- Who calls ---

// A JWT. Those with hundreds of groups have some 8 KiB; HTTP servers take headers of 8 to 16 KiB.
inline constexpr size_t kMaxTokenBytes = size_t{16} << 10;
// Arrays and objects inside each other, in a token or a key set: Keycloak's roles take four.
inline constexpr size_t kMaxTokenJsonDepth = 16;
// The id of an issuer's key: a thumbprint, a UUID or a name.
inline constexpr size_t kMaxKeyIdBytes = 255;
// How far an issuer's clock and ours may be apart.
inline constexpr absl::Duration kMaxClockSkew = absl::Seconds(60);
// Groups that one token names: issuers stop at 200 (Entra) or name all of them.
inline constexpr size_t kMaxTokenGroups = 1000;
// Tokens that were verified and are remembered, so that only the first call with one pays for it:
// those of a large company, with some 300 bytes each.
inline constexpr size_t kMaxVerifiedTokens = 10'000;
// RSA keys of issuers: what NIST SP 800-131A allows, to what is verified within a millisecond.
inline constexpr int kMinRsaBits = 2048;
inline constexpr int kMaxRsaBits = 8192;
// Their public exponents: FIPS 186-5 asks for an odd one above 2^16, for smaller ones have been
// broken where padding was done badly; larger ones are made by nobody, and take longer to verify.
inline constexpr uint64_t kMinRsaExponent = 65'537;
inline constexpr int kMaxRsaExponentBits = 64;
// Keys of one issuer: one or two for each algorithm, and old ones for a while.
inline constexpr size_t kMaxKeysPerSet = 100;
// Bytes of an issuer's keys, each with a chain of certificates.
inline constexpr size_t kMaxKeySetBytes = size_t{1} << 20;
// How often an issuer's keys are fetched: a key that it took back is trusted no longer than this.
inline constexpr absl::Duration kKeyRefreshInterval = absl::Minutes(10);
// How often a file of keys is looked at: as rarely as keeps a look out of most calls, and soon
// enough for who has just replaced it.
inline constexpr absl::Duration kKeyFileLookInterval = absl::Seconds(1);
// The least time between two fetches: a token with a made-up key id costs the issuer nothing.
inline constexpr absl::Duration kMinKeyRefreshGap = absl::Seconds(30);
// How long keys are trusted while the issuer cannot be reached: a night, and the morning after.
inline constexpr absl::Duration kMaxKeyStaleness = absl::Hours(24);
// How long one fetch of an issuer's keys may take, from connecting to the last byte: three times
// what a slow network and a busy issuer take together. Calls never wait for it, a stop of the
// server does.
inline constexpr absl::Duration kKeyFetchTimeout = absl::Seconds(10);
// Issuers of tokens: a company, its partners, its clouds.
inline constexpr size_t kMaxIssuers = 100;
// Rules that map certificates' names: each certificate is held against all of them.
inline constexpr size_t kMaxCertificateRules = 1000;
// Bytes of the file that configures these: thousands of rules.
inline constexpr size_t kMaxIdentityConfigBytes = size_t{1} << 20;
// Bytes of a file with certificates or a key: chains and the authorities of a whole company.
inline constexpr size_t kMaxPemBytes = size_t{1} << 20;
// Client certificates of which a thread remembers when they end: of as many connections as take
// turns on it. To read one anew takes some 30 us.
inline constexpr size_t kMaxKnownCertificates = 256;

// --- The machine room ---

// Mutations that wait for the writer. At 28,000 durable calls a second it empties in four seconds;
// callers beyond it get an error at once instead of a reply after their deadline.
inline constexpr size_t kMaxWriterQueue = 100'000;
// Mutations of one commit: bounds how long the first of a batch waits for the last.
inline constexpr size_t kMaxWriterBatch = 1000;
// Bytes of one commit, in requests and in what they make the writer copy: ends a batch of large
// ones early, after one of the largest.
inline constexpr size_t kMaxWriterBatchBytes = size_t{16} << 20;
// Bytes of the requests that wait for the writer, roughly.
inline constexpr size_t kMaxWriterQueueBytes = size_t{512} << 20;
// Ledger positions: the lineage graph keeps them in 32 bits. At a hundred changes a second, day and
// night, they last sixteen months; a batch of predictions is one change.
inline constexpr int64_t kMaxPosition = 0xFFFF'FFFE;
// Ids of securables, versions, runs and declarations, one dense sequence, because these are the
// nodes of the lineage graph, and ids of columns: the graph keeps one bit of 32 for itself.
inline constexpr int64_t kMaxObjectId = (int64_t{1} << 31) - 1;
// Read connections: each holds a page cache and a file handle; more readers than cores only wait.
inline constexpr size_t kMaxReadConnections = 16;
// How long a reader waits for one. Short reads take microseconds: who waits longer is one of more
// than the machine can serve.
inline constexpr absl::Duration kReadConnectionWait = absl::Seconds(10);
// Names whose meaning a connection remembers, and as many securables of which it remembers name and
// owner: those that pipelines use all day. About 100 bytes each.
inline constexpr size_t kMaxCachedNames = 10'000;
// Bytes, roughly, of described assets that a connection remembers, and as many of lineage nodes: a
// few thousand of each.
inline constexpr size_t kMaxCachedMessageBytes = size_t{4} << 20;
// Long reads of one caller that are under way at once: as many as the smallest machine has cores.
// One worker more serves the others.
inline constexpr int kLongReadWorkers = 2;
// Places for long reads that wait for a worker, and how many bytes of a request take one each: a
// read of usual size takes one. More would wait past their deadlines, and all of them together hold
// 64 MiB.
inline constexpr size_t kMaxWorkerQueue = 1000;
inline constexpr size_t kWorkerPlaceBytes = size_t{64} << 10;
// Rows or nodes of a long read between two looks at the clock: whether its caller still waits.
inline constexpr uint32_t kRowsPerLook = 32;
// Steps of SQLite's machine between two such looks inside one statement: some ten microseconds.
inline constexpr int kStatementStepsPerLook = 1000;
// Messages of a stream of predictions that are not acknowledged yet; the server reads no further.
inline constexpr int kMaxUnacknowledged = 1000;
// How long a stream may be idle when others want its place; while there are places, for ever.
inline constexpr absl::Duration kStreamIdle = absl::Minutes(1);
// Their bytes, roughly, for the same: what one caller can make the server hold.
inline constexpr size_t kMaxUnacknowledgedBytes = size_t{64} << 20;
// Streams of predictions open at once: one for each process of a large fleet. Each may have a
// message of kMaxRequestBytes under way.
inline constexpr int kMaxStreams = 1000;
// Bytes that all of them hold together, roughly, before each reads its next message only when the
// one before is acknowledged.
inline constexpr size_t kMaxStreamedBytes = size_t{512} << 20;
// Backups under way at once: each holds a whole copy of the database on the server's disk until its
// caller has read it.
inline constexpr int kMaxBackups = 4;
// Bytes of the server's disk that a backup leaves free for the writer: its log at the usual largest
// (40,000 pages, 160 MiB), and what it writes until the backup has been read.
inline constexpr int64_t kBackupReserveBytes = int64_t{256} << 20;
// Bytes in one message of a backup stream: large enough that the call's cost vanishes.
inline constexpr size_t kBackupChunkBytes = size_t{1} << 20;
// How long calls that are under way may take to end when the server is told to stop: what is queued
// for the writer is done in four seconds, and who waits for the process gives it a little more.
inline constexpr absl::Duration kStopGrace = absl::Seconds(10);
// How long a connection may be silent before the server asks whether its peer is still there, and
// how long that may take to answer. Networks forget silent connections after minutes; a peer that
// vanished must not hold memory for two hours, which is gRPC's own default.
inline constexpr absl::Duration kKeepaliveTime = absl::Seconds(60);
inline constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(20);
// Open files that a server asks the system for; all but the reserve below may be connections. An
// idle one takes some 30 KiB.
inline constexpr int kMaxDescriptors = 10'000;
// Of the open files that the process may have, those that connections leave to the house: database,
// log, readers, backups. A connection that would take one of them is closed at once.
inline constexpr int kReservedDescriptors = 64;
// How long nothing is accepted when the process or the machine has no descriptor left.
inline constexpr absl::Duration kAcceptPause = absl::Milliseconds(50);
// How long a new connection may take to say what it speaks: scanners of ports never do.
inline constexpr absl::Duration kHandshakeTimeout = absl::Seconds(20);
// Calls under way on one connection; a client keeps further ones to itself until some are answered.
// Ten connections of it are the 10,000 calls at once that the server is tested with.
inline constexpr int kMaxCallsPerConnection = 1000;
// Bytes of requests that are on their way in, and of what gRPC keeps for each call: 32 of the
// largest requests, or tens of thousands of calls of usual size. When it is used up, gRPC ends
// calls until it is not, those that hold connections for longest first.
inline constexpr size_t kMaxIncomingBytes = size_t{512} << 20;
// How often clients may ask the same of the server; our own ask every 20 seconds.
inline constexpr absl::Duration kMinPingInterval = absl::Seconds(10);
// Bytes of large replies that are on their way to their readers, all callers together: a reply
// stays in memory until it is read, and one of a million nodes has 200 MiB. One reply is always
// let through.
inline constexpr size_t kMaxUnreadReplyBytes = size_t{256} << 20;
// From how many bytes a reply is large. Smaller ones fit into the buffers of a connection.
inline constexpr size_t kLargeReplyBytes = size_t{16} << 10;
// How long a reader may take for a large reply: this, and a second for so many bytes. Slower ones
// are cut off, for others wait for the room.
inline constexpr absl::Duration kReplyGrace = absl::Seconds(30);
inline constexpr size_t kMinReplyBytesPerSecond = size_t{256} << 10;
// Bytes of an error's message on the wire, and of each text beside it (hint, field, facts). gRPC
// clients refuse trailing metadata beyond 8 KiB, and with it they lose what the error was.
inline constexpr size_t kMaxWireMessageBytes = 800;
inline constexpr size_t kMaxWireHintBytes = 300;
// One request's message: a batch of kMaxBatchItems with rich details, or one large template.
inline constexpr int32_t kMaxRequestBytes = 16 << 20;

// --- HTTP ---

// The line and the headers of one request. Apache and nginx take 8 KiB a line; a token that lists a
// person's groups has as much alone.
inline constexpr size_t kMaxHttpHeaderBytes = size_t{32} << 10;
// Connections open at once, a quarter of kMaxDescriptors: pools of a fleet of engines. Each holds
// some 20 KiB while it is idle, more with TLS. One more is closed at once.
inline constexpr int kMaxHttpConnections = 2500;
// Bytes that have come of requests which are not complete, all connections together; one for which
// there is no more room is refused, unless it is alone.
inline constexpr size_t kMaxHttpIncomingBytes = size_t{256} << 20;
// Bytes of each such request that are not counted, so that those of usual size always have room: 40
// MiB of all connections.
inline constexpr size_t kHttpFreeBodyBytes = size_t{16} << 10;
// Bytes of further requests that are read while one is under way on the same connection: some
// hundred small ones. The rest waits in the network.
inline constexpr size_t kMaxPipelinedBytes = size_t{64} << 10;
// How long a connection without a request is kept: longer than the 60 s after which most clients'
// pools drop theirs, so that it is they who close, and no request meets a closing connection.
inline constexpr absl::Duration kHttpIdle = absl::Seconds(75);
// How long the line and the headers of a request may take from their first byte: they fit into a
// few packets.
inline constexpr absl::Duration kHttpHeaderTime = absl::Seconds(20);
// How long the body of a request may take: this, and a second for so many bytes of it.
inline constexpr absl::Duration kHttpBodyGrace = absl::Seconds(20);
inline constexpr size_t kMinHttpBodyBytesPerSecond = size_t{64} << 10;
// Bytes that are read and forgotten from a caller whose request was refused before its end, and how
// long, so that it reads the answer before it meets a closed connection.
inline constexpr size_t kMaxLingerBytes = size_t{1} << 20;
inline constexpr absl::Duration kHttpLinger = absl::Seconds(2);
// Parameters of one request's query: every field of the largest request, and repeated ones.
inline constexpr size_t kMaxQueryParameters = 1000;
// Resources, or columns of one table, that Trino asks about at once: it sends a catalog's tables in
// one request. Each is at most a few decisions of some microseconds, and a request has 16 MiB.
inline constexpr size_t kMaxTrinoResources = 100'000;
// Arrays and objects inside each other in a request of Trino's: what its plugin sends has nine.
inline constexpr size_t kMaxTrinoDepth = 32;
// Evaluations of one AuthZEN request: each is a decision, and perhaps a search for its subject.
inline constexpr size_t kMaxAuthzenEvaluations = 1000;
// Arrays and objects inside each other in an AuthZEN request: its properties may be anything.
inline constexpr size_t kMaxAuthzenDepth = 64;
// Lists that are asked for one page of an AuthZEN search: with few results on a page, each has few
// candidates, and the caller should say whether it still wants more.
inline constexpr size_t kMaxAuthzenLists = 200;
// The file of --authzen: thousands of actions.
inline constexpr size_t kMaxAuthzenConfigBytes = size_t{1} << 20;
// Subjects that were found by address or external id and are remembered: some hundred bytes each.
inline constexpr size_t kMaxAuthzenSubjects = 10'000;

// --- The ledger's formats ---

// Leaves of one tree: what a signed 64-bit number holds, as every other tool counts them.
inline constexpr uint64_t kMaxTreeSize = (uint64_t{1} << 63) - 1;
// One entry: C2SP tlog-tiles writes its length in two bytes.
inline constexpr size_t kMaxLedgerEntryBytes = 65'535;
// A signed note: a checkpoint with kMaxNoteSignatures signatures of the largest kind (ML-DSA).
inline constexpr size_t kMaxNoteBytes = size_t{1} << 20;
// Signatures of one note, known or not: C2SP asks for 16 at least; a public log has a few
// witnesses.
inline constexpr size_t kMaxNoteSignatures = 100;
// The name of a key that we make or trust: C2SP tlog-cosignature has one byte for its length.
inline constexpr size_t kMaxKeyNameBytes = 255;
// Hashes of one proof: the depth of the largest tree. No right proof has more.
inline constexpr size_t kMaxProofHashes = 63;
// A proof as text: its checkpoint, as much again of extra data, and 64 hashes.
inline constexpr size_t kMaxTlogProofBytes = 2 * kMaxNoteBytes + 4096;
// Arrays and objects inside each other in an entry or a statement. What reads and writes them
// recurses.
inline constexpr size_t kMaxLedgerJsonDepth = 64;
// An integer in canonical JSON: RFC 8785 writes numbers as doubles, which hold those exactly.
inline constexpr int64_t kMaxExactInteger = (int64_t{1} << 53) - 1;
// Full tiles that a reader keeps with all their nodes: 16 KiB each.
inline constexpr size_t kMaxCachedTiles = 1024;

// --- The ledger ---

// A file of the server's own that holds one secret, such as a key: each is a line or a few.
inline constexpr size_t kMaxSecretFileBytes = size_t{64} << 10;
// How long a head of the ledger may stay unsigned while it grows and nobody asks: a signature and
// the file that remembers it take about a millisecond.
inline constexpr absl::Duration kCheckpointInterval = absl::Seconds(1);
// Signed heads that are kept: a day of them at one a second, for who wants an older one again.
inline constexpr int64_t kMaxLedgerCheckpoints = 86'400;
// Rows of one window of a check against the tables: 40 bytes each. Each window reads the tables
// once, so few windows are better.
inline constexpr int64_t kMaxVerifiedRows = 4'000'000;
// Old entries that get their leaves in one transaction, when the server first opens a database from
// before there were any: a tenth of a second's work, which a kill undoes.
inline constexpr int64_t kMaxBackfilledEntries = 10'000;
// Findings that a check reports one by one; the rest is counted.
inline constexpr size_t kMaxLedgerFindings = 100;
// How long refused calls of one kind are counted before they are written together, at first and at
// most: who is refused once has the entry at once, and who asks all day fills no ledger.
inline constexpr absl::Duration kDenialWindow = absl::Seconds(1);
inline constexpr absl::Duration kMaxDenialWindow = absl::Minutes(1);
// Kinds of refused calls (actor, door, operation, reason) that are told apart at once; some hundred
// bytes each. Beyond, they are counted together.
inline constexpr size_t kMaxDenialKeys = 10'000;
// An operation, a door or an outcome that entries are asked for by: longer than the longest.
inline constexpr size_t kMaxEntryWordBytes = 128;
// Entries of decisions that wait to be written: some tens of KiB each at most, some hundred bytes
// mostly. What comes beyond is counted.
inline constexpr size_t kMaxAuditQueue = 10'000;
inline constexpr size_t kMaxAuditQueueBytes = size_t{16} << 20;
// Decisions that one such entry describes, of a call with more: those that are denied first.
inline constexpr size_t kMaxAuditedDecisions = 100;
// Reads of audited things that one entry describes, of a call with more.
inline constexpr size_t kMaxAuditedReads = 100;
// One of so many decisions may be recorded: less is nothing.
inline constexpr int64_t kMaxAuditRate = 1'000'000;
// The file of --audit.
inline constexpr size_t kMaxAuditConfigBytes = size_t{1} << 20;
// Full tiles that each read connection keeps of the ledger, with their nodes, 16 KiB each: the
// upper levels of a tree of ten million entries, so that a proof reads and hashes one tile of
// leaves.
inline constexpr size_t kMaxProofTiles = 256;
// Streams of entries open at once: each has a page of entries in memory while it is sent.
inline constexpr int kMaxEntryStreams = 100;
// How long a stream of entries that follows the ledger may be behind it: a look at one number.
inline constexpr absl::Duration kEntryFollowInterval = absl::Milliseconds(200);
// Entries that one message of a stream has at most.
inline constexpr size_t kMaxStreamedEntries = 500;
// Entries whose proofs a certificate carries: a kilobyte each. Whoever wants more asks about less
// depth.
inline constexpr size_t kMaxCertifiedEntries = 2000;
// Rows that one erasure changes: a tenth of a second of the writer's time. A larger one is asked
// for in parts.
inline constexpr int64_t kMaxErasedRows = 10'000;
// Bytes of their texts, for the same reason: they may be 256 KiB each.
inline constexpr int64_t kMaxErasedBytes = int64_t{32} << 20;
// And that it looks at: half a second.
inline constexpr int64_t kMaxErasureScan = 1'000'000;
inline constexpr int64_t kMaxErasureScanBytes = int64_t{64} << 20;

// --- Witnesses of the ledger ---

// Witnesses asked to cosign: a quorum needs a few.
inline constexpr size_t kMaxWitnesses = 16;
// How long one question to a witness may take, with the connection.
inline constexpr absl::Duration kWitnessTimeout = absl::Seconds(10);
// How long a witness that did not answer well is left alone, at first and at most.
inline constexpr absl::Duration kWitnessPause = absl::Seconds(1);
inline constexpr absl::Duration kMaxWitnessPause = absl::Minutes(5);
// A witness's answer: a signature is some hundred bytes, the largest kind some thousand.
inline constexpr size_t kMaxWitnessAnswerBytes = size_t{64} << 10;

}  // namespace whence
