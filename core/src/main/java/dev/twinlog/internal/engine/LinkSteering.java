package dev.twinlog.internal.engine;

import dev.twinlog.GroupSync;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Throttle;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.spi.SelectedTopics;
import java.util.Collection;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes what a link does while it runs: pauses and resumes, accepts losses, skips records, and
 * changes its throttle, its lanes, its topics and its group sync. Each request is checked on the
 * caller's thread and carried out by the control thread. Thread-safe.
 */
public final class LinkSteering {
  private static final Logger LOG = LoggerFactory.getLogger(LinkSteering.class);

  private final Link link;
  private final ControlAgent control;
  private final LinkSwitchover switchover;
  private final UserRequests requests;

  LinkSteering(Link link, ControlAgent control, LinkSwitchover switchover) {
    this.link = link;
    this.control = control;
    this.switchover = switchover;
    this.requests = new UserRequests(link);
  }

  /** Pauses all partitions. */
  public void pause() {
    requireNoSwitchover();
    control.pauseAll();
  }

  /**
   * Resumes all partitions.
   *
   * @throws IllegalStateException if the link has ended
   */
  public void resume() {
    requests.requireRunning("resumed");
    requireNoSwitchover();
    link.pausedTopics().clear(control::resumeAll);
  }

  /**
   * Pauses these partitions.
   *
   * @throws IllegalArgumentException if one of them is not the link's
   */
  public void pause(Collection<TopicPartition> partitions) {
    requireNoSwitchover();
    requests.requireKnown(partitions).forEach(control::pause);
  }

  /**
   * Resumes these partitions.
   *
   * @throws IllegalArgumentException if one of them is not the link's
   * @throws IllegalStateException if the link has ended
   */
  public void resume(Collection<TopicPartition> partitions) {
    requests.requireRunning("resumed");
    requireNoSwitchover();
    requests.requireKnown(partitions).forEach(control::resume);
  }

  /**
   * Pauses these topics, with all partitions that they get.
   *
   * @throws IllegalArgumentException if one of them is not the link's
   * @throws IllegalStateException if the link has ended
   */
  public void pauseTopics(Collection<String> topics) {
    requests.requireRunning("paused");
    requireNoSwitchover();
    Set<String> asked = requests.requireTopics(topics);
    link.pausedTopics().add(asked, () -> control.pauseTopics(asked));
    LOG.info("link {}: topics {} are paused, until they are resumed", link.name(), asked);
  }

  /**
   * Resumes these topics.
   *
   * @throws IllegalArgumentException if one of them is not the link's
   * @throws IllegalStateException if the link has ended
   */
  public void resumeTopics(Collection<String> topics) {
    requests.requireRunning("resumed");
    requireNoSwitchover();
    Set<String> asked = requests.requireTopics(topics);
    link.pausedTopics().remove(asked, () -> control.resumeTopics(asked));
    LOG.info("link {}: topics {} are resumed", link.name(), asked);
  }

  /**
   * Continues these partitions without the lost records.
   *
   * @throws IllegalArgumentException if one of them is not the link's
   * @throws IllegalStateException if one of them has no loss, or the link has ended
   */
  public void acceptLoss(Collection<TopicPartition> partitions) {
    requests.requireRunning("resumed");
    requireNoSwitchover();
    requests.requireLoss(partitions).forEach(control::acceptLoss);
  }

  /**
   * Leaves out a record of a partition that is paused or stopped.
   *
   * @throws IllegalArgumentException if the partition is not the link's, or has no such record that
   *     is still to be copied
   * @throws IllegalStateException if it is not the time for that, or the link has ended
   */
  public void skip(TopicPartition source, long offset) {
    requests.requireRunning("made to skip a record");
    requireNoSwitchover();
    if (requests.requireSkippable(source, offset)) {
      control.skip(source, offset);
    }
  }

  /**
   * Changes how fast the link may read.
   *
   * @throws IllegalStateException if the link has ended
   */
  public void throttle(Throttle next) {
    requests.requireRunning("throttled");
    link.throttle().set(next);
    control.lanes().forEach(lane -> lane.reader().wakeup());
  }

  /**
   * Changes the number of lanes.
   *
   * @throws IllegalStateException if the link has ended, or is being switched over
   * @throws dev.twinlog.spi.ConfigurationException if the number is out of bounds
   */
  public void lanes(int count) {
    LinkOptions.LANES.require("Link " + link.name(), count);
    requests.requireRunning("given other lanes");
    requireNoSwitchover();
    control.lanes(count);
  }

  /**
   * Selects other topics, and tells the listener.
   *
   * @throws IllegalStateException if the link has ended, or is being switched over
   * @throws dev.twinlog.spi.ConfigurationException if its source can't do that, or they have the
   *     dead-letter topic
   */
  public void topics(SelectedTopics topics, Consumer<ReplicationListener> told) {
    requests.requireRunning("given other topics");
    requireNoSwitchover();
    requests.requireNoDeadLetters(topics);
    link.selection().replace(topics, control::selectionChanged);
    LOG.info("link {}: topics {} are selected, until its next start", link.name(), topics);
    link.events().post(told);
  }

  /**
   * Keeps consumer groups in step in another way.
   *
   * @throws IllegalStateException if the link has ended, or is being switched over
   * @throws dev.twinlog.spi.ConfigurationException if its interval is out of bounds
   */
  public void groupSync(GroupSync next) {
    LinkOptions.GROUP_SYNC.require("Link " + link.name(), next);
    requests.requireRunning("given another group sync");
    requireNoSwitchover();
    link.groupOptions(next);
    control.groupSyncChanged();
  }

  private void requireNoSwitchover() {
    if (switchover.isUnderWay()) {
      throw new IllegalStateException(
          "link %s is being switched over: it can't be paused, resumed or given other lanes, other topics or another group sync until that has ended"
              .formatted(link.name()));
    }
  }
}
