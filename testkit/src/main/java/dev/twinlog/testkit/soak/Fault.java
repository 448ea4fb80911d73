package dev.twinlog.testkit.soak;

/** What is done to a link and to what it stands on. */
enum Fault {
  KILL("SIGKILL of the replicator"),
  ZOMBIE("zombie that woke after another took over"),
  RIVAL("zombie that woke while it or another took over"),
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
