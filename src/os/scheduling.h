// How the kernel chooses between us and others that can run (sched(7)).
#pragma once

namespace pmx::os {

// SCHED_BATCH: where all processors are busy, we do not interrupt another process the moment that
// we have something to do, but have our turn when it sleeps or its time is up, a few milliseconds
// at most. For a process that is woken often to do little. What we start has the usual policy. Who
// was given another policy by its user keeps that; so does who may not change it.
void schedule_as_batch(bool is_wanted) noexcept;

// For a process that we have started, before it does anything else.
void schedule_as_usual() noexcept;

}  // namespace pmx::os
