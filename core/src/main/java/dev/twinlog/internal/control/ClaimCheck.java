package dev.twinlog.internal.control;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Finds topics that another link already copies into the same target topic, where every record
 * would be written twice. Usually the other link is this one under its former name. Topics that
 * this link has copied before are never refused. Works on the descriptions of the links, like
 * {@link LoopCheck}.
 */
public final class ClaimCheck {
  private final String link;
  private final LinkedCluster source;
  private final LinkedCluster sink;

  /** The topics that this link copies; empty until {@link #accepted}. */
  private Map<String, String> own = Map.of();

  private boolean looked;

  /** Checks the link of this name between these clusters. */
  public ClaimCheck(String link, LinkedCluster source, LinkedCluster sink) {
    this.link = link;
    this.source = source;
    this.sink = sink;
  }

  /**
   * Looks for topics that belong to another link.
   *
   * @param topics source topic to target topic, of all topics of the link
   * @return the reason for every source topic that must not be copied; usually empty
   */
  public Map<String, String> claimed(Map<String, String> topics) {
    if (looked && own.entrySet().containsAll(topics.entrySet())) {
      return Map.of();
    }
    Map<String, String> claimed = new LinkedHashMap<>();
    var others = sink.linksInto();
    if (!looked) {
      others.stream()
          .filter(one -> one.link().equals(link))
          .forEach(one -> own = Map.copyOf(one.topics()));
      looked = true;
    }
    for (LinkDescription other : others) {
      if (!other.link().equals(link) && other.sourceCluster().equals(source.clusterId())) {
        other
            .topics()
            .forEach(
                (from, to) -> {
                  if (to.equals(topics.get(from)) && !to.equals(own.get(from))) {
                    claimed.put(
                        from,
                        other.moved().isPresent()
                            ? moved(other.link(), from, to)
                            : message(other.link(), from, to));
                  }
                });
      }
    }
    return claimed;
  }

  /** Records the topics that this link copies from now on. */
  public void accepted(Map<String, String> topics) {
    own = Map.copyOf(topics);
  }

  /** Its state must not be deleted: it is what is known of all that was copied. */
  private String moved(String other, String from, String to) {
    return ("link %s has copied %s to %s of the same target cluster before it was moved, so link %s"
            + " would write every record a second time: if this link is to copy again what comes back"
            + " after that move, prepare it with reverse() of the link that copies in the other"
            + " direction; if the move was a mistake, call KafkaLinks.reopen for link %s and start"
            + " that one")
        .formatted(other, from, to, link, other);
  }

  private String message(String other, String from, String to) {
    return ("link %s already copies %s to %s of the same target cluster, so every record would be"
            + " written twice: start this link under the name %s; if that link no longer exists,"
            + " delete its state topic twinlog.%s.state and rebuild the state of %s with"
            + " KafkaLinks.rebuild, or also delete topic %s and copy everything; if both links are"
            + " intended, set topicSync(TopicSync.defaults().sharing(true))")
        .formatted(other, from, to, other, other, link, to);
  }
}
