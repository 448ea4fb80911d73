package dev.twinlog.internal.control;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.TopicOrigin;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Finds topics whose records would be copied in a loop. There are two kinds: a topic that is among
 * the link's own target topics in the same cluster, and a topic whose records other links, one or
 * several in a row, have copied from the cluster that this link writes to.
 *
 * <p>Compares names: every link stores a description in the cluster that it writes to. A
 * description also contains the origins of the link's topics, as known when it was stored, so a
 * loop over several links is found only after the links before this one have stored their origins.
 *
 * <p>A link that was moved copies no more, and is in no loop. But the opposite link over the same
 * names would copy everything back that it has brought, unless it was seeded as the reverse of that
 * move: only that one is accepted. Of several that were moved one after the other, the last one has
 * continued behind the others, so the reverse of its move is accepted.
 */
public final class LoopCheck {
  private final String link;
  private final LinkedCluster source;
  private final LinkedCluster sink;

  /**
   * The result of a check.
   *
   * @param loops the reason for every source topic that must not be copied; usually empty
   * @param origins the origins of the records of source topics that other links write
   */
  public record Findings(Map<String, String> loops, Map<String, List<TopicOrigin>> origins) {
    /** The result if no descriptions are available. */
    public static final Findings NOTHING = new Findings(Map.of(), Map.of());
  }

  private record ClusterTopic(String cluster, String topic) {}

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
   */
  public Findings find(Map<String, String> topics) {
    Map<String, String> loops = new LinkedHashMap<>();
    String target = sink.clusterId();
    Set<String> written = Set.copyOf(topics.values());
    if (source.clusterId().equals(target)) {
      topics.forEach(
          (from, to) -> {
            if (written.contains(from)) {
              loops.put(from, ontoItself(from));
            }
          });
    }
    Map<String, Map<ClusterTopic, TopicOrigin>> arriving = arriving(target);
    Set<String> sentHere = new HashSet<>(); // topics of the target cluster that reach the source
    for (Map<ClusterTopic, TopicOrigin> origins : arriving.values()) {
      for (ClusterTopic origin : origins.keySet()) {
        if (origin.cluster().equals(target)) {
          sentHere.add(origin.topic());
        }
      }
    }
    Map<String, List<TopicOrigin>> known = new HashMap<>();
    topics.forEach(
        (from, back) -> {
          Map<ClusterTopic, TopicOrigin> origins = arriving.getOrDefault(from, Map.of());
          if (!origins.isEmpty()) {
            known.put(from, List.copyOf(origins.values()));
          }
          for (TopicOrigin origin : origins.values()) {
            if (origin.cluster().equals(target)
                && (sentHere.contains(back) || written.contains(origin.topic()))) {
              loops.put(from, comesBack(origin, from, back));
            }
          }
        });
    unseeded(topics, loops);
    return new Findings(loops, known);
  }

  /** Adds topics that a moved link has brought, if this link is not the reverse of its move. */
  private void unseeded(Map<String, String> topics, Map<String, String> loops) {
    List<LinkDescription> opposite =
        source.linksInto().stream()
            .filter(
                other ->
                    other.moved().isPresent() && other.sourceCluster().equals(sink.clusterId()))
            .filter(
                other ->
                    other.topics().entrySet().stream()
                        .anyMatch(each -> each.getKey().equals(topics.get(each.getValue()))))
            .toList();
    if (opposite.isEmpty()) {
      return;
    }
    Optional<UUID> reverseOf = reverseOf();
    Map<String, Set<String>> brought = new TreeMap<>(); // the links, by topic of the source
    Set<String> seeded = new HashSet<>();
    for (LinkDescription other : opposite) {
      other
          .topics()
          .forEach(
              (from, to) -> {
                if (from.equals(topics.get(to))) {
                  brought.computeIfAbsent(to, any -> new TreeSet<>()).add(other.link());
                  if (other.moved().equals(reverseOf)) {
                    seeded.add(to);
                  }
                }
              });
    }
    brought.keySet().removeAll(seeded);
    brought.forEach((to, links) -> loops.put(to, unseeded(links, topics.get(to), to)));
  }

  /** The move that this link takes back, as its own description in the target says. */
  private Optional<UUID> reverseOf() {
    return sink.linksInto().stream()
        .filter(one -> one.link().equals(link) && one.sourceCluster().equals(source.clusterId()))
        .findFirst()
        .flatMap(LinkDescription::reverseOf);
  }

  /** The origins of the source topics that other links write. */
  private Map<String, Map<ClusterTopic, TopicOrigin>> arriving(String target) {
    Map<String, Map<ClusterTopic, TopicOrigin>> arriving = new HashMap<>();
    for (LinkDescription other : source.linksInto()) {
      if (other.link().equals(link) && other.targetCluster().equals(target)) {
        continue; // this link itself, within one cluster
      }
      if (other.moved().isPresent()) {
        continue;
      }
      other
          .topics()
          .forEach(
              (from, to) -> {
                Map<ClusterTopic, TopicOrigin> origins =
                    arriving.computeIfAbsent(to, topic -> new LinkedHashMap<>());
                add(origins, new TopicOrigin(other.sourceCluster(), from, List.of(other.link())));
                for (TopicOrigin before : other.origins().getOrDefault(from, List.of())) {
                  List<String> links = new ArrayList<>(before.links());
                  links.add(other.link());
                  add(origins, new TopicOrigin(before.cluster(), before.topic(), links));
                }
              });
    }
    return arriving;
  }

  /** Of several chains of links from one topic only the shortest is kept, to bound their number. */
  private static void add(Map<ClusterTopic, TopicOrigin> origins, TopicOrigin origin) {
    origins.merge(
        new ClusterTopic(origin.cluster(), origin.topic()),
        origin,
        (one, other) -> other.links().size() < one.links().size() ? other : one);
  }

  private String ontoItself(String topic) {
    return ("source and target are the same cluster (%s), and %s is both copied and written"
            + " by this link: give the copies other names with a topicMapper, and"
            + " exclude these names from the source's topics")
        .formatted(source.clusterId(), topic);
  }

  private String comesBack(TopicOrigin origin, String from, String back) {
    List<String> links = origin.links();
    String last = links.get(links.size() - 1);
    String way =
        links.size() == 1
            ? "link %s copies".formatted(last)
            : "the links %s copy, one after the other,".formatted(String.join(" -> ", links));
    return ("%s %s of the target cluster to %s, which this link (%s) would copy back to %s in a loop:"
            + " exclude it from one of these links or give its copies other names; if link %s no longer"
            + " exists, delete its state topic twinlog.%s.state from the source cluster")
        .formatted(way, origin.topic(), from, link, back, last, last);
  }

  private String unseeded(Set<String> moved, @Nullable String from, String to) {
    boolean one = moved.size() == 1;
    return ("link%s %s %s copied %s of the target cluster to %s before %s moved, and this link (%s)"
            + " would copy all of it back a second time: seed it with reverse() of %s, by the"
            + " Replicator of that link, KafkaLinks or the command line, which begins behind what was"
            + " copied; a topic that is to be copied from its beginning is named there in copyAll")
        .formatted(
            one ? "" : "s",
            String.join(", ", moved),
            one ? "has" : "have",
            from,
            to,
            one ? "it was" : "they were",
            link,
            one ? "link " + moved.iterator().next() : "the one that was moved last");
  }
}
