package dev.twinlog.internal.engine.partition;

import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.lane.GapException;
import dev.twinlog.internal.engine.lane.RouteTable;
import dev.twinlog.internal.engine.lane.SessionStarts;
import dev.twinlog.internal.engine.partition.ClosingEvent.ClaimEnded;
import dev.twinlog.internal.engine.partition.ClosingEvent.CloseRequested;
import dev.twinlog.internal.engine.partition.ClosingEvent.LinkEnded;
import dev.twinlog.internal.engine.partition.LetterEvent.LetterFailed;
import dev.twinlog.internal.engine.partition.LetterEvent.LetterStored;
import dev.twinlog.internal.engine.partition.OpeningEvent.Opened;
import dev.twinlog.internal.engine.partition.OpeningEvent.OpeningBegun;
import dev.twinlog.internal.engine.partition.OpeningEvent.OpeningDelayed;
import dev.twinlog.internal.engine.partition.OpeningEvent.OpeningFailed;
import dev.twinlog.internal.engine.partition.OpeningEvent.Rewound;
import dev.twinlog.internal.engine.partition.PartitionEvent.RetryTimes;
import dev.twinlog.internal.engine.partition.PartitionEvent.Step;
import dev.twinlog.internal.engine.partition.PartitionLife.AtEnd;
import dev.twinlog.internal.engine.partition.PartitionLife.Attempt;
import dev.twinlog.internal.engine.partition.PartitionLife.Behind;
import dev.twinlog.internal.engine.partition.PartitionLife.Close;
import dev.twinlog.internal.engine.partition.PartitionLife.Closing;
import dev.twinlog.internal.engine.partition.PartitionLife.Continue;
import dev.twinlog.internal.engine.partition.PartitionLife.Copying;
import dev.twinlog.internal.engine.partition.PartitionLife.Draining;
import dev.twinlog.internal.engine.partition.PartitionLife.Ended;
import dev.twinlog.internal.engine.partition.PartitionLife.Gone;
import dev.twinlog.internal.engine.partition.PartitionLife.Leave;
import dev.twinlog.internal.engine.partition.PartitionLife.NotMoving;
import dev.twinlog.internal.engine.partition.PartitionLife.Pause;
import dev.twinlog.internal.engine.partition.PartitionLife.Paused;
import dev.twinlog.internal.engine.partition.PartitionLife.Recovering;
import dev.twinlog.internal.engine.partition.PartitionLife.Refused;
import dev.twinlog.internal.engine.partition.PartitionLife.Retrying;
import dev.twinlog.internal.engine.partition.PartitionLife.Stop;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.internal.engine.partition.PartitionLife.Then;
import dev.twinlog.internal.engine.partition.PartitionLife.Unavailable;
import dev.twinlog.internal.engine.partition.PartitionLife.View;
import dev.twinlog.internal.engine.partition.PartitionLife.Waiting;
import dev.twinlog.internal.engine.partition.SessionEvent.AtSourceEnd;
import dev.twinlog.internal.engine.partition.SessionEvent.BehindSourceEnd;
import dev.twinlog.internal.engine.partition.SessionEvent.DrainTimedOut;
import dev.twinlog.internal.engine.partition.SessionEvent.LaneLost;
import dev.twinlog.internal.engine.partition.SessionEvent.LanesReplaced;
import dev.twinlog.internal.engine.partition.SessionEvent.SessionEnded;
import dev.twinlog.internal.engine.partition.SessionEvent.SourceUnavailable;
import dev.twinlog.internal.engine.partition.SessionEvent.TargetGrown;
import dev.twinlog.internal.engine.partition.SessionEvent.TargetLost;
import dev.twinlog.internal.engine.partition.SessionEvent.WritesStalled;
import dev.twinlog.internal.engine.partition.SourceEvent.Found;
import dev.twinlog.internal.engine.partition.SourceEvent.LoopCheckFailed;
import dev.twinlog.internal.engine.partition.SourceEvent.LoopChecked;
import dev.twinlog.internal.engine.partition.SourceEvent.Missing;
import dev.twinlog.internal.engine.partition.SourceEvent.Recreated;
import dev.twinlog.internal.engine.partition.SourceEvent.TopicRefused;
import dev.twinlog.internal.engine.partition.UserEvent.LinkResumed;
import dev.twinlog.internal.engine.partition.UserEvent.LossAccepted;
import dev.twinlog.internal.engine.partition.UserEvent.PauseRequested;
import dev.twinlog.internal.engine.partition.UserEvent.ResumeRequested;
import dev.twinlog.internal.engine.recovery.AlreadyWrittenMismatchException;
import dev.twinlog.internal.engine.recovery.TargetLostException;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteFencedException;
import dev.twinlog.spi.SourcePartition;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/** States of a partition, and the steps that events make of them. */
abstract class PartitionLives {
  static final TopicPartition ORDERS = new TopicPartition("orders", 0);
  static final long NOW = 1_000;
  static final RetriableException LATER = new RetriableException("timed out");
  static final RouteFencedException FENCE = new RouteFencedException("fenced");
  static final ReplicationException FATAL = new FencedException("another owner");
  static final PartitionFailedException FAILED = new PartitionFailedException("too large");
  static final RecordRefusedException TOO_LARGE = new RecordRefusedException(7, "too large");
  static final Refused REFUSED = new Refused(TOO_LARGE, OpeningTerms.NONE);
  static final SourceGoneException GONE = new SourceGoneException(ORDERS);
  static final RefusedTopicException LOOP = new RefusedTopicException(ORDERS, "a loop");
  static final TargetLostException LOST = new TargetLostException("the target lost all");
  static final GapException GAP = new GapException(ORDERS, 3, 7, GapCause.RETENTION);
  static final GapException RECREATED = new GapException(ORDERS, 3, 0, GapCause.RECREATED);
  static final AlreadyWrittenMismatchException MISMATCH =
      AlreadyWrittenMismatchException.unprovable(new Route(ORDERS, ORDERS), 3, 4);
  static final OpeningTerms NONE = OpeningTerms.NONE;
  static final OpeningTerms LOOP_CHECK = NONE.withLoopCheck(true);
  static final CopySession SESSION = session();

  static final RetryTimes TIMES =
      new RetryTimes() {
        @Override
        public long nowNanos() {
          return NOW;
        }

        @Override
        public Duration backoff(int failures) {
          return Duration.ofSeconds(failures);
        }
      };

  static CopySession session() {
    Progress progress =
        new Progress(new SourcePartition(ORDERS, Optional.empty()), 3, false, "", List.of());
    return new CopySession(
        new PartitionFigures(ORDERS, Clock.systemUTC(), (from, to, reason) -> {}),
        SessionStarts.start(
            progress, RouteTable.of(ORDERS, "orders", 1, PartitionMapper.identity())));
  }

  static Attempt attempt(View view) {
    return new Attempt(SESSION, view, 2);
  }

  static final Attempt ATTEMPT = attempt(new Behind());

  /** What may be due at the end of an opening or a session. */
  static final List<Then> ENDS =
      List.of(
          new Continue(),
          new Pause(),
          new Stop(LOOP, false),
          new Stop(LOOP, true),
          new Stop(RECREATED, false),
          new Leave(5, GONE, new Continue()),
          new Leave(5, GONE, new Pause()),
          new Leave(5, GONE, new Stop(LOOP, true)),
          new Close());

  static List<PartitionLife> states() {
    List<PartitionLife> states = new ArrayList<>();
    states.add(new Waiting(NONE));
    states.add(new Waiting(LOOP_CHECK));
    for (Then then : ENDS) {
      states.add(new Recovering(PartitionState.OPENING, NONE, then));
      states.add(new Recovering(PartitionState.RETRYING, NONE.withFailures(2), then));
    }
    for (View view :
        List.of(new Behind(), new AtEnd(), new NotMoving(""), new Unavailable(LATER))) {
      states.add(new Copying(attempt(view)));
      ENDS.forEach(then -> states.add(new Draining(attempt(view), then)));
    }
    states.add(new Retrying(9_000, NONE.withFailures(1)));
    states.add(new Retrying(9_000, LOOP_CHECK.withFailures(1)));
    states.add(REFUSED);
    states.add(new Paused(NONE));
    states.add(new Paused(LOOP_CHECK));
    for (ReplicationException cause : List.of(FAILED, LOOP, LOST, GAP, MISMATCH, RECREATED)) {
      states.add(new Stopped(cause, false, NONE));
      states.add(new Stopped(cause, true, NONE));
    }
    states.add(new Gone(5, new Waiting(NONE)));
    states.add(new Gone(5, new Paused(NONE)));
    states.add(new Gone(5, new Stopped(FAILED, true, NONE)));
    states.add(new Closing(PartitionState.COPYING));
    states.add(new Ended(PartitionState.CLOSED));
    return states;
  }

  static List<PartitionEvent> events() {
    List<PartitionEvent> events = new ArrayList<>();
    events.add(new OpeningBegun());
    events.add(new OpeningDelayed(LATER));
    events.add(new Rewound("lost its tail"));
    events.add(new Opened(SESSION, Map.of()));
    List<ReplicationException> causes = List.of(LATER, FENCE, FAILED, MISMATCH, FATAL, RECREATED);
    for (ReplicationException cause : causes) {
      events.add(new OpeningFailed(cause, false));
      events.add(new OpeningFailed(cause, true));
    }
    events.add(new AtSourceEnd());
    events.add(new BehindSourceEnd(false));
    events.add(new BehindSourceEnd(true));
    events.add(new WritesStalled("no acknowledgement", LATER));
    events.add(new SourceUnavailable(new RetriableException("no leader")));
    events.add(new LaneLost(LATER));
    events.add(new TargetLost(LOST));
    events.add(new DrainTimedOut(LATER));
    events.add(new TargetGrown());
    events.add(new LanesReplaced());
    events.add(new SessionEnded(true, false, null));
    for (ReplicationException cause : causes) {
      events.add(new SessionEnded(true, false, cause));
      events.add(new SessionEnded(false, true, cause));
    }
    events.add(new LetterStored(REFUSED, "it is a dead letter"));
    events.add(new LetterFailed(REFUSED, LATER));
    events.add(new LetterFailed(REFUSED, FAILED));
    events.add(new PauseRequested("paused"));
    events.add(new ResumeRequested());
    events.add(new LinkResumed());
    events.add(new LossAccepted());
    events.add(new Missing(GONE));
    events.add(new Found());
    events.add(new Recreated(RECREATED));
    events.add(new TopicRefused(LOOP));
    events.add(new LoopChecked(Optional.empty()));
    events.add(new LoopChecked(Optional.of(LOOP)));
    events.add(new LoopCheckFailed(LATER));
    events.add(new CloseRequested());
    events.add(new ClaimEnded(LATER));
    events.add(new LinkEnded(PartitionState.CLOSED, "closed", null));
    return events;
  }

  static Step next(PartitionLife life, PartitionEvent event) {
    return event.from(life, TIMES);
  }
}
