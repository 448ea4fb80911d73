package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.records.Answers;
import dev.twinlog.internal.kafka.records.KafkaErrors;
import dev.twinlog.internal.kafka.records.LazyAdmin;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.ReplicationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the links that write into a cluster. Confined to the link's control thread. */
public final class LinkDirectory {
  private static final Logger log = LoggerFactory.getLogger(LinkDirectory.class);

  private final LazyAdmin admin;

  public LinkDirectory(LazyAdmin admin) {
    this.admin = admin;
  }

  /** As every state topic that may be read describes its link. */
  public List<LinkDescription> linksInto() {
    List<LinkDescription> links = new ArrayList<>();
    for (String topic : stateTopics()) {
      try {
        new StateTopic(admin, topic).read().link().ifPresent(links::add);
      } catch (ReplicationException e) {
        Throwable cause = KafkaErrors.unwrap(e.getCause() == null ? e : e.getCause());
        if (!(cause instanceof AuthorizationException)
            && !(cause instanceof UnknownTopicOrPartitionException)) {
          throw e;
        }
        log.debug("{} is not ours to read", topic, e);
      }
    }
    return List.copyOf(links);
  }

  private Set<String> stateTopics() {
    try {
      Set<String> names = new TreeSet<>(Answers.get(admin.get().listTopics().names()));
      names.removeIf(name -> !StateTopic.NAME.matcher(name).matches());
      return names;
    } catch (RuntimeException e) {
      throw admin.errors().link("list topics", e);
    }
  }
}
