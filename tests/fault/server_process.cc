#include "server_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "support/token_channel.h"

namespace whence::test {
namespace {

std::string Binary() {
  const char* binary = std::getenv("WHENCED");
  return binary == nullptr ? "whenced" : binary;
}

std::string ReadLine(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

}  // namespace

void ServerProcess::Spawn() {
  std::filesystem::remove(PortFile());
  const std::string binary = Binary();
  std::vector<std::string> words = {binary,     "--data",        data_folder_, "--listen",
                                    address_,   "--http-listen", "off",        "--port-file",
                                    PortFile(), "--quiet"};
  words.insert(words.end(), more_arguments_.begin(), more_arguments_.end());
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
}

bool ServerProcess::Start() {
  Spawn();
  for (int tries = 0; tries < 15'000; ++tries) {
    const std::string address = ReadLine(PortFile());
    if (!address.empty()) {
      address_ = address;
      return true;
    }
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

void ServerProcess::StartAndKill(int milliseconds) {
  Spawn();
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  Kill();
}

void ServerProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void ServerProcess::StandStill() {
  kill(pid_, SIGSTOP);
  int status = 0;
  waitpid(pid_, &status, WUNTRACED);  // all of its threads
}

void ServerProcess::GoOn() { kill(pid_, SIGCONT); }

int ServerProcess::Stop() {
  kill(pid_, SIGTERM);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

std::string ServerProcess::token() const { return ReadLine(data_folder_ + "/admin.token"); }

std::shared_ptr<grpc::Channel> ServerProcess::Connect() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return ChannelWithToken(address_, token(), arguments);
}

}  // namespace whence::test
