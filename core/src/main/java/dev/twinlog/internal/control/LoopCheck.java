package dev.twinlog.internal.control;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Finds topics whose records would come round again. Two kinds: a topic that a link would copy onto
 * itself or out of its own target names, and a topic that another link brought from the very
 * cluster this link writes into.
 *
 * <p>Works on names: with the description that every link leaves in the cluster that it writes
 * into.
 */
public final class LoopCheck {
  private final String link;
  private final LinkedCluster source;
  private final LinkedCluster sink;

  /** Checks the link of this name between these clusters. */
  public LoopCheck(String link, LinkedCluster source, LinkedCluster sink) {
    this.link = link;
    this.source = source;
    this.sink = sink;
  }

  /**
   * Looks for loops.
   *
   * @param topics source topic to target topic, of all topics of the link
   * @return for every source topic that must not be copied the reason; usually empty
   */
  public Map<String, String> loops(Map<String, String> topics) {
    Map<String, String> loops = new LinkedHashMap<>();
    Set<String> targets = Set.copyOf(topics.values());
    if (source.clusterId().equals(sink.clusterId())) {
      topics.forEach(
          (from, to) -> {
            if (targets.contains(from)) {
              loops.put(
                  from,
                  ("source and target are the same cluster (%s), and %s is both copied and written"
                          + " by this link: give the copies other names with a topicMapper, and"
                          + " exclude these names from the selection")
                      .formatted(source.clusterId(), from));
            }
          });
    }
    for (LinkDescription other : source.linksInto()) {
      if (!other.link().equals(link) && other.sourceCluster().equals(sink.clusterId())) {
        other
            .topics()
            .forEach(
                (from, to) -> {
                  String back = topics.get(to);
                  if (back != null
                      && (other.topics().containsKey(back) || targets.contains(from))) {
                    loops.put(to, comesBack(other, from, to, back));
                  }
                });
      }
    }
    return loops;
  }

  private static String comesBack(LinkDescription other, String from, String to, String back) {
    return ("link %s copies %s of the target cluster to %s, which this link would copy back to %s:"
            + " exclude it from one of the links or give its copies other names; if link %s is gone"
            + " for good, delete its state topic twinlog.%s.state from the source cluster")
        .formatted(other.link(), from, to, back, other.link(), other.link());
  }
}
