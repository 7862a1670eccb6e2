import { useWorker } from '../store.ts';
import { Hero } from './hero.tsx';
import { JobCard } from './job-card.tsx';
import { MachineCard } from './machine-card.tsx';
import { NoJob } from './no-job.tsx';
import { Notices } from './notices.tsx';
import { ReasonList } from './reason-list.tsx';
import { TodayCard } from './today-card.tsx';

/** Answers within a second: is it working, why or why not, what runs, what did today bring. */
export function Now() {
  const leases = useWorker((state) => state.leases);
  return (
    <>
      <Hero />
      <div className="mt-6 grid items-start gap-4 min-[960px]:grid-cols-[minmax(0,1fr)_264px] xl:grid-cols-[minmax(0,1fr)_296px]">
        <div className="order-2 grid min-w-0 gap-4 min-[960px]:order-1">
          <ReasonList />
          <Notices />
          {leases.length > 0 ? leases.map((lease) => <JobCard key={lease.leaseId} lease={lease} />) : <NoJob />}
        </div>
        <div className="contents min-[960px]:order-2 min-[960px]:grid min-[960px]:gap-4">
          <div className="order-1">
            <TodayCard />
          </div>
          <div className="order-3">
            <MachineCard />
          </div>
        </div>
      </div>
    </>
  );
}
