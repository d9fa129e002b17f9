export default function RoomPage() {
  return <p>room</p>
}
