package dev.twinlog.testkit.soak;

/** The kinds of fault that the soak injects into a link, its brokers and its network. */
enum Fault {
  KILL("SIGKILL of the replicator"),
  ZOMBIE("zombie that woke after another instance took over"),
  CONCURRENT_OWNER("zombie that woke while it or another instance took over"),
  BROKER_KILL("SIGKILL of a broker"),
  BROKER_FREEZE("broker frozen for a while"),
  LEADER_MOVE("leaders moved"),
  LINK_CUT("network cut"),
  LINK_FREEZE("network silent"),
  LINK_ANSWERS("network without answers"),
  LINK_DROPS("connections dropped at random");

  private final String text;

  Fault(String text) {
    this.text = text;
  }

  /** In words, for the summary. */
  String text() {
    return text;
  }
}
