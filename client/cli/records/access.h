#pragma once

// How principals, tokens, grants and answers about access look.

#include <string>
#include <vector>

#include "cli/output/card.h"
#include "cli/output/printer.h"
#include "whence/v1/access.pb.h"

namespace whence::cli {

std::vector<ListColumn<v1::Principal>> PrincipalColumns();
std::vector<ListColumn<v1::Membership>> MembershipColumns();
std::vector<ListColumn<v1::Token>> TokenColumns();
std::vector<ListColumn<v1::Grant>> GrantColumns();
std::vector<ListColumn<v1::Metastore>> MetastoreColumns();

Card PrincipalCard(const v1::Principal& principal);
Card MembershipCard(const v1::Membership& membership);
Card TokenCard(const v1::Token& token);
Card MetastoreCard(const v1::Metastore& metastore);
Card WhoAmICard(const v1::WhoAmIResponse& answer);

// "USER", "SERVICE", "GROUP".
std::string PrincipalKindName(v1::PrincipalKind kind);

// How somebody came to something, in two parts: "SELECT on schema prod.fraud" or "owner of catalog
// prod", and "group:analysts > group:all" or nothing.
std::string ReasonText(const v1::AccessReason& reason);
std::string ThroughText(const v1::AccessReason& reason);

// The command that would grant it.
std::string GrantCommand(const v1::MissingGrant& missing);

// "DENIED  user:ana may not ..." with what speaks for and against it.
void PrintExplanation(App& app, const v1::ExplainAccessResponse& answer);

}  // namespace whence::cli
